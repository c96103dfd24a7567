using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Makes segment files. The slow part, writing and syncing a file full of zeros so that later writes change no metadata and can meet no full disk, is done ahead by a
/// background task; what is left for the loop at a roll is one write of the header into a file that is already there.
/// </summary>
internal sealed class SegmentFactory(IStorageDirectory directory, LogOptions options) : IDisposable
{
    /// <summary>What the name of a prepared file ends with; a number stands before it.</summary>
    public const string PreparedExtension = ".prepared";

    // What one write brings into the page cache together stays together there, up to a mebibyte and more, and every later write and sync goes through all of its pages. Of 64 KiB
    // nothing of that can be measured any more; of 1 MiB it is a quarter of the time of a small durable append to a mapped file (82 instead of 63 microseconds on ext4).
    private const int ChunkBytes = 64 << 10;

    private static readonly byte[] Zeros = new byte[ChunkBytes];

    private readonly BackgroundWork _work = new(options.Scheduler, static _ => { }); // Prepare throws nothing
    private readonly ConcurrentQueue<PreparedFile> _ready = new();
    private PreparedFile? _large; // for records that have no room in a segment of the usual size; the loop's
    private long _filesMade;
    private volatile bool _isAsked;
    private volatile bool _isClosing;
    private volatile ExceptionDispatchInfo? _failure; // the helper's last, until it has made a file
    private long _retryAt;                            // written before the failure is

    /// <summary>Starts preparing the next file, unless there is one. After a full disk, only once some time has passed. The loop's.</summary>
    public void BeginPreparing()
    {
        if (!_isAsked && _ready.IsEmpty && (_failure is not { } failure || (IsFullDisk(failure) && options.TimeProvider.GetTimestamp() >= _retryAt)))
        {
            _isAsked = true;
            _work.Run(Prepare);
        }
    }

    /// <summary>Starts preparing the next file, unless there is one. The loop's.</summary>
    /// <returns>False if the disk was full at the last try.</returns>
    public bool IsReadySoon()
    {
        BeginPreparing();
        return !_ready.IsEmpty || _failure is not { } failure || !IsFullDisk(failure);
    }

    /// <summary>Makes sure that a file is ready; waits for it if need be, but for none after a full disk: there the helper looks from time to time. The loop's.</summary>
    /// <exception cref="LogFullException">The disk is full, or was a moment ago.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void EnsureReady()
    {
        BeginPreparing();
        while (_ready.IsEmpty)
        {
            if (_failure is { } failure)
            {
                if (IsFullDisk(failure))
                {
                    throw new LogFullException(directory.Path, $"there is no room on the disk for another segment of {options.SegmentSizeBytes} bytes.", failure.SourceException);
                }

                failure.Throw();
            }

            _work.Finish();
            BeginPreparing(); // for the case that the file that was being made has been taken already
        }
    }

    /// <summary>The size of the next segment.</summary>
    public int NextSize => _large?.Size ?? options.SegmentSizeBytes;

    /// <summary>Makes sure that the next segment has at least a given size. One that is larger than usual is made here and now: it is rare. The loop's.</summary>
    /// <param name="size">The size in bytes; a multiple of 4096.</param>
    /// <exception cref="LogFullException">The disk is full, or was a moment ago.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public void EnsureReady(int size)
    {
        if (size <= options.SegmentSizeBytes)
        {
            EnsureReady();
            return;
        }

        if (_large is { } smaller && smaller.Size < size)
        {
            _large = null;
            smaller.Dispose();
            directory.Delete(smaller.Name);
        }

        try
        {
            _large ??= Make(size);
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
            throw new LogFullException(directory.Path, $"there is no room on the disk for a segment of {size} bytes, for an entry of another node.", e);
        }
    }

    /// <summary>Keeps the file of a compacted segment for another life, if it fits and there are not enough. Its bytes stay: they cannot continue any chain of the new
    /// life, and its marks have another created stamp. Any thread, but one at a time.</summary>
    /// <returns>False if the file is still the caller's.</returns>
    public bool TryRecycle(Segment segment)
    {
        if (segment.Size != options.SegmentSizeBytes || _ready.Count >= options.MaxSpareSegments)
        {
            return false;
        }

        string name = NextName();
        directory.Rename(segment.Name, name);
        directory.Sync();
        _ready.Enqueue(segment.Recycle(directory, name));
        return true;
    }

    /// <summary>Begins a segment in a prepared file, with its header and first mark; nothing is synced, and it has no name of its own yet. Waits if no file is ready.</summary>
    /// <exception cref="StorageFailedException">The operating system refused, now or when the file was prepared.</exception>
    public Segment Begin(in SegmentHeader header, in TailMark firstMark)
    {
        PreparedFile prepared = _large ?? Take();
        _large = null;
        try
        {
            Span<byte> start = stackalloc byte[SegmentFormat.HeaderBytes + TailMark.SizeInBytes];
            SegmentFormat.Write(start, header);
            firstMark.Write(start[SegmentFormat.HeaderBytes..], header.CreatedStamp);
            prepared.File.Write(start, 0);
            return new Segment(prepared.File, prepared.Mapping, prepared.Name, header);
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }

    /// <summary>Puts a new segment in place: when this returns, the file with its header and first mark, and its name, are on disk.</summary>
    /// <exception cref="StorageFailedException">The operating system refused, now or when the file was prepared.</exception>
    public Segment Create(in SegmentHeader header, in TailMark firstMark)
    {
        Segment segment = Begin(header, firstMark);
        try
        {
            segment.File.Sync();
            segment.PutInPlace(directory);
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    /// <summary>True if a file is one that was to become a segment.</summary>
    public static bool IsPrepared(string name) => name.EndsWith(PreparedExtension, StringComparison.Ordinal);

    /// <summary>Deletes the prepared files that an earlier run left, whatever their state.</summary>
    public static void DeleteLeftOvers(IStorageDirectory directory)
    {
        foreach (string name in directory.List())
        {
            if (IsPrepared(name))
            {
                directory.Delete(name);
            }
        }
    }

    /// <summary>Waits for the background work and closes what it made; the files themselves stay.</summary>
    public void Dispose()
    {
        _isClosing = true;
        _work.Drop();
        _large?.Dispose();
        while (_ready.TryDequeue(out PreparedFile? prepared))
        {
            prepared.Dispose();
        }
    }

    private static bool IsFullDisk(ExceptionDispatchInfo failure) => failure.SourceException is StorageFailedException { IsOutOfSpace: true };

    private PreparedFile Take()
    {
        EnsureReady();
        return _ready.TryDequeue(out PreparedFile? prepared) ? prepared : throw new InvalidOperationException("A file was asked for, and neither it nor a failure came.");
    }

    private void Prepare()
    {
        try
        {
            PreparedFile prepared = Make(options.SegmentSizeBytes);
            _failure = null;
            _ready.Enqueue(prepared);
        }
#pragma warning disable CA1031 // Thrown again where the file is needed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _retryAt = options.TimeProvider.GetTimestamp() + (long)(options.FullDiskRetryDelay.TotalSeconds * options.TimeProvider.TimestampFrequency);
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
        finally
        {
            _isAsked = false;
        }
    }

    private string NextName() => Interlocked.Increment(ref _filesMade).ToString(CultureInfo.InvariantCulture) + PreparedExtension;

    private unsafe PreparedFile Make(int size)
    {
        string name = NextName();
        IStorageFile file = directory.Create(name);
        try
        {
            for (int offset = 0; offset < size; offset += ChunkBytes)
            {
                ObjectDisposedException.ThrowIf(_isClosing, this);
                file.Write(Zeros.AsSpan(0, Math.Min(ChunkBytes, size - offset)), offset);
            }

            file.Sync();
            directory.Sync();
            IStorageMapping mapping = file.Map(size);

            // A first touch of a page through the mapping costs a fault; take them here and not on the loop.
            ReadOnlySpan<byte> bytes = new((void*)mapping.Address, size);
            if (bytes.ContainsAnyExcept((byte)0))
            {
                throw new InvalidOperationException($"The prepared file {name} in {directory.Path} does not read as the zeros it was written with.");
            }

            return new PreparedFile(name, file, mapping, size);
        }
        catch (StorageFailedException e) when (e.IsOutOfSpace)
        {
            file.Dispose();
            directory.Delete(name); // what it did get may be what somebody else needs
            throw;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
