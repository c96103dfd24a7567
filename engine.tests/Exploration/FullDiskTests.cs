using System.IO;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Exploration;

/// <summary>A real file system that is full: an error and not a signal, nothing lost, and the log goes on once there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly LogOptions Options = LogScripts.SmallSegments with { SegmentSizeBytes = 64 << 10 };

    [NeedsRootOnLinuxFact]
    public void A_file_system_that_is_full_is_an_error_and_the_log_goes_on_once_there_is_room_and_it_is_reopened()
    {
        using TemporaryMount mount = new(512 << 10);
        string ballast = Path.Combine(mount.Path, "ballast");
        File.WriteAllBytes(ballast, new byte[200 << 10]);
        string path = Path.Combine(mount.Path, "log");
        long durable;
        DataDirectory data = DataDirectory.Open(path, Options);
        try
        {
            StorageFailedException e = Assert.Throws<StorageFailedException>(() => Fill(data));
            Assert.Equal("write", e.Operation);
            durable = data.Log.DurableIndex;
            Assert.InRange(durable, 100, 400);
            Assert.Throws<StorageFailedException>(() => data.Log.Append(EntryKind.Command, 1, [1]));
            RequireReadable(data.Log, durable);
        }
        finally
        {
            data.Abandon();
        }

        // Full as it is, it opens, with all of it; and fails again where it has to grow.
        data = DataDirectory.Open(path, Options);
        Assert.True(data.Log.LastIndex >= durable);
        durable = data.Log.LastIndex;
        RequireReadable(data.Log, durable);
        Assert.Throws<StorageFailedException>(() => Fill(data));
        RequireReadable(data.Log, data.Log.DurableIndex);
        data.Abandon();

        File.Delete(ballast);
        using DataDirectory again = DataDirectory.Open(path, Options);
        Assert.True(again.Log.LastIndex >= durable);
        long last = again.Log.LastIndex;
        for (int i = 0; i < 100; i++)
        {
            AppendDurably(again.Log);
        }

        Assert.Equal(last + 100, again.Log.DurableIndex);
        RequireReadable(again.Log, last + 100);
    }

    private static void Fill(DataDirectory data)
    {
        while (true)
        {
            AppendDurably(data.Log);
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
        new System.Random((int)index).NextBytes(payload);
        return payload;
    }

    private static void RequireReadable(SegmentedLog log, long lastIndex)
    {
        for (long index = 1; index <= lastIndex; index++)
        {
            Assert.Equal(PayloadOf(index), log.Read(index).Payload.ToArray());
        }
    }
}
