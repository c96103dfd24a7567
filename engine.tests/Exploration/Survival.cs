using System;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>What a crash must leave: a directory that opens without a word, agrees with the model, is then on disk for good, and takes and keeps more.</summary>
internal static class Survival
{
    /// <summary>What is wrong with a state; null if nothing is. Takes the image.</summary>
    public static string? Differs(DiskImage image, LogOptions options, LogModel model)
    {
        using FakeDisk disk = new(image);
        try
        {
            LogModel known;
            using (Opened opened = new(disk, options))
            {
                if (model.Differs(opened.Data) is { } difference)
                {
                    return difference;
                }

                known = model.Opened(opened.Data);
            }

            disk.LosePower();
            using (Opened opened = new(disk, options))
            {
                if (DiffersExactly(opened.Data, known) is { } difference)
                {
                    return $"after recovery and another crash: {difference}";
                }

                known = GoOn(opened.Data, known);
            }

            disk.LosePower();
            using Opened last = new(disk, options);
            return DiffersExactly(last.Data, known) is { } lost ? $"after two more records: {lost}" : null;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    /// <summary>What is wrong with an opened directory of which everything is known; null if nothing is.</summary>
    public static string? DiffersExactly(DataDirectory found, LogModel known) =>
        known.Differs(found)
        ?? (found.Log.LastIndex != known.Acknowledged ? $"{known.Acknowledged} records were there, now {found.Log.LastIndex}" : null)
        ?? (found.Log.TornTailBytes != 0 ? $"{found.Log.TornTailBytes} bytes were cut off" : null);

    // Appends, and before that, in one state or another, gives up what it can or starts anew.
    private static LogModel GoOn(DataDirectory data, LogModel known)
    {
        SegmentedLog log = data.Log;
        HardState next = new(known.Saved.Term + 1, 2);
        long term = Math.Max(next.Term, log.TermAt(log.LastIndex));
        data.HardState.Save(next);
        known = known with { Saved = next, Attempted = next };
        switch ((log.FirstIndex + log.LastIndex) % 4)
        {
            case 1:
                log.CompactTo(log.LastIndex);
                break;
            case 2:
                LogStart start = new(log.LastIndex + 3, term, 0xC0DE, 0);
                log.Reset(start.FirstIndex - 1, term, start.ChainSeed);
                known = LogModel.BehindReset(known, start);
                break;
        }

        ModelRecord one = Append(log, term, 40);
        ModelRecord other = Append(log, term, 1000);
        log.Flush();
        SyncTicket ticket = log.PrepareSync();
        log.Sync(ticket);
        log.CompleteSync(ticket);
        return known with { Records = known.Records.Add(one).Add(other), FirstIndexes = known.FirstIndexes.Add(log.FirstIndex), Acknowledged = log.DurableIndex };
    }

    private static ModelRecord Append(SegmentedLog log, long term, int size)
    {
        byte[] payload = new byte[size];
        Array.Fill(payload, (byte)0xAB);
        try
        {
            log.Append(EntryKind.Command, term, payload);
        }
        catch (LogFullException)
        {
            log.Flush();
            log.Sync(log.PrepareSync()); // only what is sealed can be given up
            log.CompactTo(log.LastIndex);
            log.Append(EntryKind.Command, term, payload);
        }

        return new ModelRecord(term, EntryKind.Command, payload, log.ChainAt(log.LastIndex));
    }

    /// <summary>An open directory that is left as it is, as by the death of its process.</summary>
    private sealed class Opened(FakeDisk disk, LogOptions options) : IDisposable
    {
        public DataDirectory Data { get; } = DataDirectory.Open(disk.OpenDirectory(), options);

        public void Dispose() => Data.Abandon();
    }
}
