using RaftEngine.Consensus;
using RaftEngine.Log;

namespace RaftEngine.Pipeline;

/// <summary>The log as the core sees it.</summary>
internal sealed class LogView(SegmentedLog log, bool waitsForSync) : IRaftLogView
{
    public long FirstIndex => log.FirstIndex;

    public long LastIndex => log.LastIndex;

    /// <summary>What counts as durable: synced, or, where the chosen durability does not wait for the disk, written.</summary>
    public long DurableIndex => waitsForSync ? log.DurableIndex : WrittenIndex;

    /// <summary>The last index written to the file. Set by the replica after each flush.</summary>
    public long WrittenIndex { get; set; }

    public long TermAt(long index) => log.TermAt(index);

    public EntryRun RunFrom(long firstIndex, int maxBytes)
    {
        LogRun run = log.RunFrom(firstIndex, maxBytes);
        return new EntryRun(run.LastIndex, run.Term, run.SizeInBytes);
    }
}
