using System.Collections.Generic;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What a node's log was when it was last looked at: chain values by index, which stand for everything before them.</summary>
internal sealed class LogMirror
{
    private readonly List<ulong> _chains = [0];

    public long FirstIndex { get; set; } = 1;

    public long LastIndex { get; private set; }

    /// <summary>Up to here it was on disk.</summary>
    public long DurableIndex { get; set; }

    public long SnapshotIndex { get; set; }

    public long Term { get; set; }

    public ulong Vote { get; set; }

    /// <summary>The chain value at an index; 0 where it is not known, because a snapshot stood for it.</summary>
    public ulong this[long index] => _chains[(int)index];

    /// <summary>Forgets what is behind an index.</summary>
    public void CutBehind(long index)
    {
        _chains.RemoveRange((int)index + 1, (int)(LastIndex - index));
        LastIndex = index;
    }

    /// <summary>Starts anew behind a snapshot.</summary>
    public void Reset(long index, ulong chain)
    {
        CutBehind(System.Math.Min(LastIndex, index - 1));
        while (LastIndex < index - 1)
        {
            Add(0);
        }

        Add(chain);
    }

    public void Add(ulong chain)
    {
        _chains.Add(chain);
        LastIndex++;
    }
}
