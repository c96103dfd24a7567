using System;
using System.IO;
using RaftEngine.Log;

namespace RaftEngine.Bench.Measuring;

/// <summary>A directory of its own for the files of a run, deleted with everything in it at the end.</summary>
internal sealed class Workspace : IDisposable
{
    private int _count;

    /// <summary>Makes it.</summary>
    /// <param name="parent">Where.</param>
    public Workspace(string parent)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"raftengine-bench-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        FileSystem = FileSystemOf(Path);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>The kind of file system it lies on.</summary>
    public string FileSystem { get; }

    /// <summary>True if it lies in memory, so that no sync takes any time and no figure of one means anything.</summary>
    public bool IsInMemory => FileSystem is "tmpfs" or "ramfs";

    /// <summary>A path that nothing has yet.</summary>
    public string NewPath() => System.IO.Path.Combine(Path, (++_count).ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The options that every log of these benchmarks has.</summary>
    public static LogOptions Options { get; } = new()
    {
        ClusterId = new Guid("6f1f64a8-3a5e-4b0e-9d0f-1f6a5b7c8d9e"),
        GroupId = 0,
        NodeId = 1,
        SegmentSizeBytes = 64 << 20,
        MaxPayloadBytes = 1 << 20,
    };

    /// <summary>Says where the files lie, and whether that makes the figures worthless.</summary>
    public void Describe(TextWriter output) => output.WriteLine(IsInMemory
        ? $"WARNING: {Path} lies in memory ({FileSystem}): nothing here is durable, and no figure of a sync means anything."
        : $"Files in {Path}, on {FileSystem}; deleted afterwards.");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    // The mounted file system whose mount point is the longest that the path begins with.
    private static string FileSystemOf(string path)
    {
        DriveInfo? best = null;
        foreach (DriveInfo drive in DriveInfo.GetDrives())
        {
            string root = drive.Name.EndsWith(System.IO.Path.DirectorySeparatorChar) ? drive.Name : drive.Name + System.IO.Path.DirectorySeparatorChar;
            if (path.StartsWith(root, StringComparison.Ordinal) && (best is null || drive.Name.Length > best.Name.Length))
            {
                best = drive;
            }
        }

        return best?.DriveFormat ?? "unknown";
    }
}
