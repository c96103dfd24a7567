using System;
using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>A real file system that is full: an error and not a signal, nothing lost, and the log goes on once there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly LogOptions Options = LogScripts.SmallSegments with { SegmentSizeBytes = 64 << 10 };

    [NeedsRootOnLinuxFact]
    public void A_file_system_that_is_full_is_an_error_and_the_log_goes_on_once_there_is_room_reopened_or_not()
    {
        using TemporaryMount mount = new(512 << 10);
        string[] ballast = [Path.Combine(mount.Path, "ballast-1"), Path.Combine(mount.Path, "ballast-2")];
        Array.ForEach(ballast, static file => File.WriteAllBytes(file, new byte[100 << 10]));
        string path = Path.Combine(mount.Path, "log");
        DataDirectory data = DataDirectory.Open(path, Options);
        long last = FillUp(data.Log);
        Assert.InRange(last, 100, 400);
        Assert.Equal(last, data.Log.DurableIndex);
        Assert.Throws<LogFullException>(() => data.Log.Append(EntryKind.Command, 1, new byte[1000]));
        RequireReadable(data.Log, last);
        data.HardState.Save(new HardState(7, 1));

        // There is room for one more segment: the log that is open goes on.
        File.Delete(ballast[0]);
        Assert.True(FillUp(data.Log) > last);
        last = data.Log.LastIndex;
        RequireReadable(data.Log, last);
        data.Abandon();

        // Full as it is, it opens, with all of it; and is full again where it has to grow.
        data = DataDirectory.Open(path, Options);
        Assert.Equal(last, data.Log.LastIndex);
        Assert.Equal(7, data.HardState.Current.Term);
        last = FillUp(data.Log);
        RequireReadable(data.Log, last);
        data.Dispose();

        File.Delete(ballast[1]);
        using DataDirectory again = DataDirectory.Open(path, Options);
        Assert.Equal(last, again.Log.LastIndex);
        Assert.True(FillUp(again.Log) >= last + 50);

        // And so does giving up the beginning.
        last = again.Log.LastIndex;
        again.Log.CompactTo(last - 100);
        Assert.True(FillUp(again.Log) >= last + 50);
        RequireReadable(again.Log, again.Log.LastIndex);
    }

    private static long FillUp(SegmentedLog log)
    {
        try
        {
            while (true)
            {
                AppendDurably(log);
            }
        }
        catch (LogFullException)
        {
            return log.LastIndex;
        }
    }

    private static void AppendDurably(SegmentedLog log)
    {
        log.Append(EntryKind.Command, 1, PayloadOf(log.LastIndex + 1));
        log.Flush();
        SyncTicket ticket = log.PrepareSync();
        log.Sync(ticket);
        log.CompleteSync(ticket);
    }

    private static byte[] PayloadOf(long index)
    {
        byte[] payload = new byte[1000];
        new Random((int)index).NextBytes(payload);
        return payload;
    }

    private static void RequireReadable(SegmentedLog log, long lastIndex)
    {
        for (long index = log.FirstIndex; index <= lastIndex; index++)
        {
            Assert.Equal(PayloadOf(index), log.Read(index).Payload.ToArray());
        }
    }
}
