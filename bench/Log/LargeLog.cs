using System;
using System.IO;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Log;

/// <summary>A log of many sealed segments and a short tail, cleanly closed, of 256-byte entries.</summary>
internal sealed class LargeLog
{
    /// <summary>The size of each entry.</summary>
    public const int PayloadBytes = 256;

    private readonly LogOptions _options;

    /// <summary>Writes it.</summary>
    /// <param name="path">Its directory.</param>
    /// <param name="effort">How large it is.</param>
    public LargeLog(string path, Effort effort)
    {
        Path = path;
        (long log, int segment) = effort.LargeLog;
        _options = Workspace.Options with { SegmentSizeBytes = segment };
        RecordBytes = (int)RecordFormat.SizeOf(PayloadBytes);
        Records = log / RecordBytes;
        Write();
    }

    /// <summary>Its directory.</summary>
    public string Path { get; }

    /// <summary>The size of each record.</summary>
    public int RecordBytes { get; }

    /// <summary>How many there are.</summary>
    public long Records { get; }

    /// <summary>Its segments' files, in order.</summary>
    public string[] Segments
    {
        get
        {
            string[] files = Directory.GetFiles(Path, "*" + SegmentFormat.Extension);
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="isTrusting">Whether sealed segments are trusted by their tables of offsets.</param>
    public DataDirectory Open(bool isTrusting) => DataDirectory.Open(Path, _options with { VerifyFromIndex = isTrusting ? long.MaxValue : 1 });

    private void Write()
    {
        byte[] payload = new byte[PayloadBytes];
        Random random = new(1);
        using DataDirectory directory = DataDirectory.Open(Path, _options);
        SegmentedLog log = directory.Log;
        for (long i = 1; i <= Records; i++)
        {
            random.NextBytes(payload.AsSpan(0, 16));
            log.Append(EntryKind.Command, 1 + (i / 1_000_000), payload);
            if (i % 4096 == 0)
            {
                log.Flush();
                SyncTicket ticket = log.PrepareSync();
                log.Sync(ticket);
                log.CompleteSync(ticket);
                log.ReleaseReads(log.DurableIndex);
            }
        }
    }
}
