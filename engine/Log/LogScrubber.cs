using System;
using System.Diagnostics;
using System.Threading;
using RaftEngine.Host;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Reads sealed segments again, on a thread of its own and at a bounded rate, oldest first and round and round: opening
/// a log trusts them, so they must be checked later. It reads files by itself, so compaction and recycling do not wait
/// for it: what is no longer the log's when damage is found in it is no damage. What the page cache holds is checked
/// there, not on the disk. Once a second it also looks whether the directory is still there: a node can go on writing
/// for long to files that no start will find.
/// </summary>
internal sealed class LogScrubber : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly SegmentedLog _log;
    private readonly long _bytesPerSecond;
    private readonly Action<Exception> _fail;
    private readonly ManualResetEventSlim _stop = new();
    private readonly EngineThread _thread;
    private long _lookedAt; // the thread's own
    private long _bytesRead;
    private long _passes;

    /// <summary>A scrubber; call <see cref="Start"/>, and dispose it before the log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="bytesPerSecond">The most bytes to read in a second; 0 to read nothing, and only look for the
    /// directory.</param>
    /// <param name="fail">Is told of damage, by a <see cref="LogCorruptedException"/>, or of a disk that cannot be
    /// read, or a directory that is gone; the scrubber then
    /// ends.</param>
    /// <param name="name">The thread's name.</param>
    public LogScrubber(SegmentedLog log, long bytesPerSecond, Action<Exception> fail, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytesPerSecond);
        _log = log;
        _bytesPerSecond = bytesPerSecond;
        _fail = fail;
        _thread = new EngineThread(Run, name, ThreadPriority.BelowNormal);
    }

    /// <summary>How many bytes of records have been read.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>How many times every sealed segment has been read.</summary>
    public long Passes => Interlocked.Read(ref _passes);

    public void Start() => _thread.Start();

    /// <summary>Ends it; returns when it reads no more.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread.Join();

        _stop.Dispose();
    }

    /// <summary>Reads one sealed segment.</summary>
    /// <exception cref="LogCorruptedException">It is not as it was written, and still the log's.</exception>
    public void Verify(SealedSegment segment)
    {
        try
        {
            using IStorageFile file = _log.Directory.OpenForReading(segment.Name)
                ?? throw LogCorruptedException.Missing(segment.Name, segment.Header.FirstIndex);
            SegmentHeader header = LogRecovery.ReadHeader(file, _log.Directory.Path, segment.Name, _log.LogId);
            SegmentFormat.RequireContinues(segment.Name, header, segment.Header.FirstIndex - 1, segment.Header.PreviousTerm, segment.Header.ChainSeed);
            using IStorageMapping mapping = file.Map(header.FileSize);
            Walk(segment, header, mapping);
        }
        catch (Exception e) when (e is LogCorruptedException or DataDirectoryException && !_log.IsSealed(segment))
        {
            // Compacted, and perhaps already another segment, or truncated: what was read is not the log.
        }
    }

    private unsafe void Walk(SealedSegment segment, in SegmentHeader header, IStorageMapping mapping)
    {
        SegmentScanner scanner = new(new ReadOnlySpan<byte>((void*)mapping.Address, (int)header.FileSize), segment.Name, header);
        long began = Stopwatch.GetTimestamp();
        int paced = scanner.End;
        while (scanner.MoveNext())
        {
            if (scanner.End - paced >= _bytesPerSecond / 64 || scanner.End - paced >= 1 << 20)
            {
                Interlocked.Add(ref _bytesRead, scanner.End - paced);
                paced = scanner.End;
                if (Pause(TimeSpan.FromSeconds((scanner.End - SegmentFormat.HeaderBytes) / (double)_bytesPerSecond), began))
                {
                    return;
                }
            }
        }

        Interlocked.Add(ref _bytesRead, scanner.End - paced);
        scanner.RequireSealed(segment.Next.FirstIndex, isNextLast: false);
        SegmentFormat.RequireContinues(SegmentFormat.NameOf(segment.Next.FirstIndex), segment.Next, scanner.LastIndex, scanner.LastTerm, scanner.LastChain);
    }

    // True if it is to stop.
    private bool Pause(TimeSpan length, long began)
    {
        for (TimeSpan left = length; left > TimeSpan.Zero && !_stop.IsSet; left = length - Stopwatch.GetElapsedTime(began))
        {
            _stop.Wait(left < LookInterval ? left : LookInterval);
            long now = Stopwatch.GetTimestamp();
            if (!_stop.IsSet && Stopwatch.GetElapsedTime(_lookedAt, now) >= LookInterval)
            {
                _lookedAt = now;
                _log.Directory.RequireInPlace(HardStateFile.Name);
            }
        }

        return _stop.IsSet;
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsSet)
            {
                bool any = false;
                for (long from = 0; _bytesPerSecond > 0 && !_stop.IsSet && _log.FindSealed(from) is { } segment; from = segment.Next.FirstIndex)
                {
                    any = true;
                    Verify(segment);
                }

                if (any && !_stop.IsSet)
                {
                    Interlocked.Increment(ref _passes);
                }

                Pause(LookInterval, Stopwatch.GetTimestamp());
            }
        }
#pragma warning disable CA1031 // Whatever it is, it stops the node: an exception that leaves a thread ends the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _fail(e);
        }
    }
}
