using System;
using RaftEngine.Consensus;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>The log as the core sees it. Code that changes the log notifies it, so that it knows the configurations in
/// the log.</summary>
internal sealed class LogView : IRaftLogView
{
    /// <summary>Commands leave so much room at the end of a full log to no-ops and configurations, so that a cluster whose logs are full still elects
    /// leaders, which serve reads, and changes its members.</summary>
    public const int ReservedBytes = 4 << 10;

    /// <summary>A log counts as full with so much room left, for commands are on their way when others learn of it.</summary>
    private const int AheadBytes = 8 << 10;

    private readonly SegmentedLog _log;
    private readonly bool _waitsForSync;
    private readonly ConfigurationHistory _configurations;
    private int _refusedBytes; // the least that found no room; 0: all did

    /// <summary>Looks through a log for its configurations.</summary>
    /// <param name="log">The log.</param>
    /// <param name="start">The configuration that the node starts with, and the index of the snapshot that it is from, or 0.</param>
    /// <param name="waitsForSync">True if only what is synced counts as durable.</param>
    public LogView(SegmentedLog log, LoggedConfiguration start, bool waitsForSync)
    {
        _log = log;
        _waitsForSync = waitsForSync;
        _configurations = new ConfigurationHistory(start.Index, start.Configuration);
        WrittenIndex = log.LastIndex;
        for (long index = start.Index + 1; index <= log.LastIndex;)
        {
            LogRun run = log.RunFrom(index, 1 << 20);
            Appended(index, log.RunBytes(index, run.LastIndex));
            index = run.LastIndex + 1;
        }
    }

    public long FirstIndex => _log.FirstIndex;

    public long LastIndex => _log.LastIndex;

    /// <summary>What counts as durable: synced, or, where the chosen durability does not wait for the disk, written. A configuration waits for the disk
    /// in every mode: a voter that lost it would go by the one before, in which it may be a majority by itself.</summary>
    public long DurableIndex => _waitsForSync
        ? _log.DurableIndex
        : Math.Max(_log.DurableIndex, Math.Min(WrittenIndex, _configurations.FirstIndexAfter(_log.DurableIndex) - 1));

    /// <summary>True if a configuration waits for a sync.</summary>
    public bool HasUnsyncedConfiguration => _configurations.FirstIndexAfter(_log.DurableIndex) != long.MaxValue;

    /// <summary>The last index written to the file. Set by the replica after each flush.</summary>
    public long WrittenIndex { get; set; }

    public long TermAt(long index) => _log.TermAt(index);

    public LoggedConfiguration ConfigurationAt(long index) => _configurations.At(index);

    public EntryRun RunFrom(long firstIndex, int maxBytes)
    {
        LogRun run = _log.RunFrom(firstIndex, maxBytes);
        return new EntryRun(run.LastIndex, run.Term, run.SizeInBytes);
    }

    /// <summary>True if the log had no room for something, and has had none for as much since.</summary>
    public bool IsFull => _refusedBytes != 0;

    public bool HasRoomForNoOp() => TryMakeRoom(RecordFormat.SmallestBytes, _log.LastIndex, out _);

    public bool HasRoomForCommands()
    {
        int bytes = Math.Max(ReservedBytes + AheadBytes, _refusedBytes);
        bool hasRoom = _log.HasRoomAhead(bytes);
        _refusedBytes = hasRoom ? 0 : _refusedBytes;
        return hasRoom;
    }

    /// <summary>The disk has no room for a whole log.</summary>
    public void NoteFull() => _refusedBytes = int.MaxValue; // whatever is left in the last segment

    /// <summary>As <see cref="SegmentedLog.TryMakeRoom"/>, and remembers the outcome.</summary>
    /// <param name="bytes">The size of the records.</param>
    /// <param name="behind">The index that they go behind.</param>
    /// <param name="full">What is full, if it is.</param>
    /// <param name="records">The records, if some may be larger than this node's own.</param>
    /// <returns>False if there is no room.</returns>
    public bool TryMakeRoom(int bytes, long behind, out LogFullException? full, ReadOnlySpan<byte> records = default)
    {
        bool hasRoom = _log.TryMakeRoom(bytes, behind, out full, records);
        _refusedBytes = !hasRoom ? (IsFull ? Math.Min(bytes, _refusedBytes) : bytes) : bytes >= _refusedBytes ? 0 : _refusedBytes;
        return hasRoom;
    }

    /// <summary>A configuration of this node's own was appended.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="configuration">The configuration.</param>
    public void Appended(long index, Configuration configuration) => _configurations.Append(index, configuration);

    /// <summary>Records were appended, of which some may be configurations. Only the kind of the others is looked at.</summary>
    /// <param name="firstIndex">The index of the first.</param>
    /// <param name="records">Their bytes.</param>
    /// <exception cref="InvalidOperationException">One of them says that it is a configuration, but this version cannot read it.</exception>
    public void Appended(long firstIndex, ReadOnlySpan<byte> records)
    {
        for (long index = firstIndex; !records.IsEmpty; index++)
        {
            ref readonly byte record = ref records[0];
            int size = (int)RecordFormat.SizeOf(RecordFormat.PayloadLengthAt(in record));
            if ((EntryKind)RecordFormat.KindAndFlagsAt(in record) == EntryKind.Configuration)
            {
                if (!ConfigurationFormat.TryRead(RecordFormat.Read(records[..size]).Payload, out Configuration? configuration))
                {
                    throw new InvalidOperationException(
                        $"The configuration at index {index} is in a format that this version does not know: whose majority counts is not known either.");
                }

                _configurations.Append(index, configuration);
            }

            records = records[size..];
        }
    }

    /// <summary>A prefix of the log was given up.</summary>
    public void Compacted() => _configurations.CompactTo(_log.FirstIndex - 1);

    /// <summary>The log was replaced by a snapshot.</summary>
    /// <param name="start">The configuration there, and the snapshot's index.</param>
    public void Reset(LoggedConfiguration start)
    {
        _configurations.Reset(start.Index, start.Configuration);
        WrittenIndex = start.Index;
    }

    /// <summary>The log was truncated.</summary>
    /// <param name="index">The first index that is gone.</param>
    public void Truncated(long index)
    {
        _configurations.TruncateFrom(index);
        WrittenIndex = Math.Min(WrittenIndex, index - 1);
    }
}
