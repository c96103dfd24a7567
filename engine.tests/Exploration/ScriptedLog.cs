using System;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Log;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// A data directory on a fake disk that a script works on, with the model beside it: what is about to happen is noted in the disk's journal before it begins, what has been
/// acknowledged as soon as it has been. The same script makes the same journal each time, but for random identities.
/// </summary>
internal sealed class ScriptedLog : IDisposable
{
    private DataDirectory? _open;
    private PausedScheduler? _helpers;
    private long _term = 1;

    public ScriptedLog(FakeDisk disk, LogOptions options)
    {
        Disk = disk;
        Options = options;
        Note(LogModel.New(options));
    }

    public FakeDisk Disk { get; }

    public LogOptions Options { get; private set; }

    public LogModel Model { get; private set; } = new();

    /// <summary>The last index that has been written to the file.</summary>
    public long Flushed { get; private set; }

    public DataDirectory Data => _open ?? throw new InvalidOperationException("The script has not opened the log.");

    public SegmentedLog Log => Data.Log;

    public bool IsOpen => _open is not null;

    /// <summary>True if a save of the hard state has begun and not returned.</summary>
    public bool IsSavingHardState => Model.Attempted != Model.Saved;

    /// <summary>From the next opening on the log's helpers come when <see cref="Help"/> is called, and not before.</summary>
    public void CallHelpersOnly()
    {
        _helpers = new PausedScheduler { IsPaused = true };
        Options = Options with { Scheduler = _helpers };
    }

    /// <summary>The log's helpers do what waits for them.</summary>
    public void Help()
    {
        if (_helpers is not null)
        {
            _helpers.IsPaused = false;
            _helpers.IsPaused = true;
            NoteCompacted();
        }
    }

    /// <summary>Opens the directory; what it finds must agree with the model.</summary>
    public void Open()
    {
        _open = DataDirectory.Open(Disk.OpenDirectory(), Options);
        if (Model.Differs(_open) is { } difference)
        {
            throw new InvalidOperationException($"Opened by the script: {difference}.");
        }

        Note(Model.Opened(_open));
        Flushed = Log.LastIndex;
        _term = Math.Max(Math.Max(_term, Log.TermAt(Log.LastIndex)), 1);
    }

    /// <summary>Appends records to the group in memory.</summary>
    /// <exception cref="LogFullException">There is no room for one of them; those before it have been appended.</exception>
    public void Append(int count, int size)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] payload = new byte[size];
            new Random(unchecked((int)((Log.LastIndex * 31) + _term))).NextBytes(payload);
            EntryKind kind = size == 0 ? EntryKind.NoOp : EntryKind.Command;

            // Noted before it happens: a roll in the middle of it writes what came before.
            LogModel before = Model;
            int at = Model.Records.Length;
            Note(Model with { Records = Model.Records.Add(new ModelRecord(_term, kind, payload, 0)) });
            try
            {
                Log.Append(kind, _term, payload);
            }
            catch (LogFullException)
            {
                Note(before);
                throw;
            }

            Note(Model with { Records = Model.Records.SetItem(at, Model.Records[at] with { Chain = Log.ChainAt(Log.LastIndex) }), Acknowledged = Log.DurableIndex });
        }
    }

    /// <summary>Writes the group.</summary>
    public void Flush()
    {
        Log.Flush();
        Flushed = Log.LastIndex;
        Note(Model with { Acknowledged = Log.DurableIndex });
    }

    /// <summary>Appends and flushes, so many times.</summary>
    public void Groups(int groups, int count, int size)
    {
        for (int i = 0; i < groups; i++)
        {
            Append(count, size);
            Flush();
        }
    }

    /// <summary>Syncs what has been flushed; what the log then calls durable is acknowledged.</summary>
    public void Sync()
    {
        SyncTicket ticket = Log.PrepareSync();
        Log.Sync(ticket);
        Log.CompleteSync(ticket);
        Note(Model with { Acknowledged = Log.DurableIndex });
    }

    /// <summary>Does something while a sync is under way; as far as there is room for it.</summary>
    public void SyncWhile(Action work)
    {
        SyncTicket ticket = Log.PrepareSync();
        Disk.DuringNextSync = () =>
        {
            try
            {
                work();
            }
            catch (LogFullException)
            {
                // Not in the middle of the disk's sync.
            }
        };
        Log.Sync(ticket);
        Log.CompleteSync(ticket);
        Note(Model with { Acknowledged = Log.DurableIndex });
    }

    /// <summary>Appends a group and syncs it.</summary>
    public void AppendDurably(int count, int size)
    {
        Append(count, size);
        Flush();
        Sync();
    }

    public void Idle() => Log.WriteIdleMark();

    /// <summary>Appends and flushes records of a size until the log is full.</summary>
    public void FillUp(int size)
    {
        try
        {
            while (true)
            {
                AppendDurably(1, size);
            }
        }
        catch (LogFullException)
        {
            // As it should be.
        }
    }

    /// <summary>Removes a suffix, and goes on in a later term.</summary>
    public void Truncate(long index)
    {
        bool isAnything = index <= Log.LastIndex;
        Note(Model with { Acknowledged = Math.Min(Model.Acknowledged, index - 1) });
        Log.TruncateFrom(index);
        Note(Model with { Records = Model.Records[..(int)(index - Model.Origin.FirstIndex)], Acknowledged = Log.DurableIndex });
        if (isAnything)
        {
            Note(Model.Compacted()); // it has waited for the helpers
        }

        Flushed = Math.Min(Flushed, index - 1);
        _term++;
    }

    /// <summary>Gives up a prefix.</summary>
    public void Compact(long index)
    {
        long first = Log.FirstIndex;
        while (Log.FindSealed(first) is { } segment && segment.Header.FirstIndex == first && segment.Next.FirstIndex - 1 <= index)
        {
            first = segment.Next.FirstIndex;
        }

        if (first != Model.FirstIndexes[^1])
        {
            Note(Model with { FirstIndexes = Model.FirstIndexes.Add(first) });
        }

        Log.CompactTo(index);
        if (Log.FirstIndex > first && Options.Scheduler == TaskScheduler.Default)
        {
            Note(Model with { FirstIndexes = Model.FirstIndexes.Add(Log.FirstIndex) }); // a helper has finished a roll meanwhile
        }
        else if (Log.FirstIndex != first)
        {
            throw new InvalidOperationException($"Compacted to index {index}, the log begins at {Log.FirstIndex}, and not at {first}.");
        }

        if (Options.Scheduler is InlineScheduler)
        {
            NoteCompacted();
        }
    }

    /// <summary>Starts the log anew behind a snapshot, and goes on in a later term than the snapshot's.</summary>
    /// <exception cref="LogFullException">There is no room; nothing has happened.</exception>
    public void Reset(long index, long term, ulong chain)
    {
        LogModel before = Model;
        LogStart start = new(index + 1, term, chain, 0);
        Note(Model with { ResetTo = start });
        try
        {
            Log.Reset(index, term, chain);
        }
        catch (LogFullException)
        {
            Note(before);
            throw;
        }

        Note(LogModel.BehindReset(Model, start));
        Flushed = index;
        _term = Math.Max(_term, term) + 1;
    }

    public void Save(long term, ulong vote)
    {
        Note(Model with { Attempted = new HardState(term, vote) });
        Data.HardState.Save(Model.Attempted);
        Note(Model with { Saved = Model.Attempted });
        _term = Math.Max(_term, term);
    }

    public void Close()
    {
        DataDirectory closing = Data;
        _open = null;
        closing.Dispose();
        Note(Model.Compacted() with { Acknowledged = Model.LastIndex });
    }

    /// <summary>The process dies; what it had written stays.</summary>
    public void Die()
    {
        _open?.Abandon();
        _open = null;
    }

    /// <summary>The power fails, and leaves what the seed says.</summary>
    public void LosePower(int seed)
    {
        Die();
        Random random = new(seed);
        Disk.LosePower(ChoiceSpace.Of(Disk.Image, bySector: true).Sampled(random), bySector: true);
    }

    public void Dispose()
    {
        Die();
        Disk.Dispose();
    }

    // If a helper has failed, the next caller gets its error.
    private void NoteCompacted()
    {
        _ = Log.PrepareSync();
        Note(Model.Compacted());
    }

    private void Note(LogModel model)
    {
        Model = model;
        Disk.Note(model);
    }
}
