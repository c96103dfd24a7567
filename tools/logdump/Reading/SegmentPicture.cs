using System.Collections.Immutable;
using System.Linq;

namespace RaftEngine.LogDump.Reading;

/// <summary>All of a segment file, from its first byte to its last.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Length">Its length, in bytes.</param>
/// <param name="IsLast">True if it is the one that is written to.</param>
/// <param name="Extents">What it consists of, without gaps.</param>
internal sealed record SegmentPicture(string Name, long Length, bool IsLast, ImmutableArray<Extent> Extents)
{
    public bool IsDamaged => Extents.Any(static extent => extent.Kind is ExtentKind.Damaged or ExtentKind.BrokenChain);

    /// <summary>True if it is sealed, and nothing in it is worth a look.</summary>
    public bool IsWhole => !IsLast && Extents.All(static extent =>
        extent.Kind is ExtentKind.Header or ExtentKind.Ok or ExtentKind.Mark or ExtentKind.Slack or ExtentKind.Stale);

    /// <summary>The picture as so many cells, each being the worst of what is there.</summary>
    public ExtentKind[] Cells(int count)
    {
        ExtentKind[] cells = new ExtentKind[count];
        foreach (Extent extent in Extents)
        {
            long first = extent.Offset * count / System.Math.Max(1, Length);
            long last = (extent.End - 1) * count / System.Math.Max(1, Length);
            for (long cell = first; cell <= last && cell < count; cell++)
            {
                cells[cell] = extent.Kind > cells[cell] ? extent.Kind : cells[cell];
            }
        }

        return cells;
    }
}
