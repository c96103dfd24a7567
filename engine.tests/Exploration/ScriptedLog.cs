using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// A data directory on a fake disk that a script works on, with the model beside it: what is about to happen is noted in the disk's journal before it begins, what has been
/// acknowledged as soon as it has been. The same script makes the same journal each time, but for random identities.
/// </summary>
internal sealed class ScriptedLog : IDisposable
{
    private DataDirectory? _open;
    private long _term = 1;

    public ScriptedLog(FakeDisk disk, LogOptions options)
    {
        Disk = disk;
        Options = options;
        Note(new LogModel());
    }

    public FakeDisk Disk { get; }

    public LogOptions Options { get; }

    public LogModel Model { get; private set; } = new();

    public DataDirectory Data => _open ?? throw new InvalidOperationException("The script has not opened the log.");

    public SegmentedLog Log => Data.Log;

    public bool IsOpen => _open is not null;

    /// <summary>True if a save of the hard state has begun and not returned.</summary>
    public bool IsSavingHardState => Model.Attempted != Model.Saved;

    /// <summary>Opens the directory; what it finds must agree with the model.</summary>
    public void Open()
    {
        _open = DataDirectory.Open(Disk.OpenDirectory(), Options);
        if (Model.Differs(_open) is { } difference)
        {
            throw new InvalidOperationException($"Opened by the script: {difference}.");
        }

        Note(Model.Opened(_open));
        _term = Math.Max(Math.Max(_term, Log.TermAt(Log.LastIndex)), 1);
    }

    /// <summary>Appends records to the group in memory.</summary>
    public void Append(int count, int size)
    {
        List<ModelRecord> added = [];
        for (int i = 0; i < count; i++)
        {
            byte[] payload = new byte[size];
            new Random(unchecked((int)((Log.LastIndex * 31) + _term))).NextBytes(payload);
            EntryKind kind = size == 0 ? EntryKind.NoOp : EntryKind.Command;

            // Noted before it happens: a roll in the middle of it writes what came before.
            int at = Model.Records.Length;
            Note(Model with { Records = Model.Records.Add(new ModelRecord(_term, kind, payload, 0)) });
            Log.Append(kind, _term, payload);
            Note(Model with { Records = Model.Records.SetItem(at, Model.Records[at] with { Chain = Log.ChainAt(Log.LastIndex) }), Acknowledged = Log.DurableIndex });
        }
    }

    /// <summary>Writes the group.</summary>
    public void Flush()
    {
        Log.Flush();
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

    /// <summary>Does something while a sync is under way.</summary>
    public void SyncWhile(Action work)
    {
        SyncTicket ticket = Log.PrepareSync();
        Disk.DuringNextSync = work;
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

    /// <summary>Removes a suffix, and goes on in a later term.</summary>
    public void Truncate(long index)
    {
        Note(Model with { Acknowledged = Math.Min(Model.Acknowledged, index - 1) });
        Log.TruncateFrom(index);
        Note(Model with { Records = Model.Records[..(int)(index - 1)], Acknowledged = Log.DurableIndex });
        _term++;
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
        Note(Model with { Acknowledged = Model.Records.Length });
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

    private void Note(LogModel model)
    {
        Model = model;
        Disk.Note(model);
    }
}
