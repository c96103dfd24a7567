using System;
using System.IO;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Tests.Log;

/// <summary>A data directory under the temporary path, gone with the test; with small segments.</summary>
internal sealed class TemporaryLog : IDisposable
{
    public static readonly LogOptions DefaultOptions = new()
    {
        ClusterId = new Guid("11111111-2222-3333-4444-555555555555"),
        GroupId = 7,
        NodeId = 1,
        SegmentSizeBytes = 64 << 10,
        MaxPayloadBytes = 16 << 10,
        MaxUnsyncedBytes = 32 << 10,
        Scheduler = InlineScheduler.Instance,
    };

    private DataDirectory? _open;

    public string Path { get; } = Directory.CreateTempSubdirectory("raftengine-log-").FullName;

    public LogOptions Options { get; set; } = DefaultOptions;

    public SegmentedLog Log => (_open ??= DataDirectory.Open(Path, Options)).Log;

    public DataDirectory Data => _open ??= DataDirectory.Open(Path, Options);

    public static byte[] PayloadOf(long index, int size = 24)
    {
        byte[] payload = new byte[size];
        new Random((int)index).NextBytes(payload);
        return payload;
    }

    /// <summary>Opens the directory through a seam of the test's.</summary>
    public DataDirectory OpenThrough(Func<IStorageDirectory, IStorageDirectory> seam) =>
        _open = DataDirectory.Open(seam(FileSystemDirectory.OpenOrCreate(Path)), Options);

    /// <summary>Appends entries whose payload follows from their index, and flushes after each so many.</summary>
    public void Append(int count, long term = 1, int size = 24, int groupOf = 1)
    {
        for (int i = 0; i < count; i++)
        {
            long index = Log.LastIndex + 1;
            Log.Append(EntryKind.Command, term, PayloadOf(index, size));
            if ((i + 1) % groupOf == 0 || i == count - 1)
            {
                Log.Flush();
            }
        }
    }

    public void Sync()
    {
        Log.Flush();
        SyncTicket ticket = Log.PrepareSync();
        Log.Sync(ticket);
        Log.CompleteSync(ticket);
    }

    public void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <summary>Closes the files as the death of the process would.</summary>
    public void Die()
    {
        _open?.Abandon();
        _open = null;
    }

    public string FileOf(long firstIndex) => System.IO.Path.Combine(Path, SegmentFormat.NameOf(firstIndex));

    /// <summary>Has the next opening read every record.</summary>
    public void DeleteTables()
    {
        foreach (string table in Directory.GetFiles(Path, "*" + OffsetTable.Extension))
        {
            File.Delete(table);
        }
    }

    public void Edit(string file, Action<byte[]> edit)
    {
        string path = System.IO.Path.Combine(Path, file);
        byte[] bytes = File.ReadAllBytes(path);
        edit(bytes);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>A copy of the files as they are now: what a process finds that starts after this one has been killed.</summary>
    public TemporaryLog Copy()
    {
        TemporaryLog copy = new() { Options = Options with { Scheduler = InlineScheduler.Instance } };
        foreach (string file in Directory.GetFiles(Path))
        {
            if (System.IO.Path.GetFileName(file) != DataDirectory.LockName)
            {
                File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
            }
        }

        return copy;
    }

    /// <summary>Everything in the log as text, one line an entry: to compare two logs, or one log with itself later.</summary>
    public string Contents() => ContentsOf(Log);

    public static string ContentsOf(SegmentedLog log)
    {
        StringBuilder text = new();
        for (long index = log.FirstIndex; index <= log.LastIndex; index++)
        {
            LogRecord record = log.Read(index);
            text.AppendLine($"{record.Index} {record.Term} {record.Kind} {Convert.ToHexString(record.Payload)} {record.Chain:x16}");
        }

        return text.ToString();
    }

    public void Dispose()
    {
        Die();
        Directory.Delete(Path, recursive: true);
    }
}
