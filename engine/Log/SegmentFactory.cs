using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Makes segment files. The slow part, writing and syncing a file full of zeros so that later writes change no metadata and can meet no full disk, is done ahead by a
/// background task; what is left for the moment of the roll is the header and the rename into place.
/// </summary>
internal sealed class SegmentFactory(IStorageDirectory directory, int segmentSizeBytes) : IDisposable
{
    /// <summary>The prepared file's name. It is worth nothing: whoever finds one left over deletes it.</summary>
    public const string PreparedName = "next.prepared";

    private const int ChunkBytes = 1 << 20;

    private Task<(IStorageFile File, IStorageMapping Mapping)>? _prepared;

    /// <summary>Starts preparing the next file, unless that has been done.</summary>
    public void BeginPreparing() =>
        _prepared ??= Task.Factory.StartNew(Prepare, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Puts a new segment in place: when this returns, the file with its header and first mark, and its name, are on disk.</summary>
    /// <exception cref="StorageFailedException">The operating system refused, now or when the file was prepared.</exception>
    public Segment Create(in SegmentHeader header, in TailMark firstMark)
    {
        BeginPreparing();
        (IStorageFile file, IStorageMapping mapping) = _prepared!.GetAwaiter().GetResult();
        _prepared = null;
        try
        {
            byte[] start = new byte[SegmentFormat.HeaderBytes + TailMark.SizeInBytes];
            SegmentFormat.Write(start, header);
            firstMark.Write(start.AsSpan(SegmentFormat.HeaderBytes), header.CreatedStamp);
            file.Write(start, 0);
            file.Sync();
            string name = SegmentFormat.NameOf(header.FirstIndex);
            directory.Rename(PreparedName, name);
            directory.Sync();
            return new Segment(file, mapping, name, header);
        }
        catch (StorageFailedException)
        {
            file.Dispose();
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a prepared file that an earlier run left, whatever its state.</summary>
    public static void DeleteLeftOver(IStorageDirectory directory)
    {
        if (Array.IndexOf(directory.List(), PreparedName) >= 0)
        {
            directory.Delete(PreparedName);
        }
    }

    /// <summary>Waits for the background task and closes what it made; the file itself stays.</summary>
    public void Dispose()
    {
        if (_prepared is { } prepared)
        {
            _prepared = null;
            ((IAsyncResult)prepared).AsyncWaitHandle.WaitOne();
            if (prepared.IsCompletedSuccessfully)
            {
                prepared.Result.File.Dispose();
                prepared.Result.Mapping.Dispose();
            }
        }
    }

    private unsafe (IStorageFile File, IStorageMapping Mapping) Prepare()
    {
        IStorageFile file = directory.Create(PreparedName);
        try
        {
            byte[] zeros = new byte[Math.Min(ChunkBytes, segmentSizeBytes)];
            for (int offset = 0; offset < segmentSizeBytes; offset += zeros.Length)
            {
                file.Write(zeros.AsSpan(0, Math.Min(zeros.Length, segmentSizeBytes - offset)), offset);
            }

            file.Sync();
            IStorageMapping mapping = file.Map(segmentSizeBytes);

            // A first touch of a page through the mapping costs a fault; take them here and not on the loop.
            ReadOnlySpan<byte> bytes = new((void*)mapping.Address, segmentSizeBytes);
            if (bytes.ContainsAnyExcept((byte)0))
            {
                throw new InvalidOperationException($"The prepared file {PreparedName} in {directory.Path} does not read as the zeros it was written with.");
            }

            return (file, mapping);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
