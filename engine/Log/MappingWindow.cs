using System;
using System.Threading.Tasks;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Moves along a mapping with whoever reads it once, from front to back: what comes next is faulted in ahead by another thread, what has been read leaves the process's memory.
/// So reading is as fast as memory, and takes a few MiB of it, however large the file is. One thread.
/// </summary>
internal sealed class MappingWindow(IStorageMapping mapping, long length) : IDisposable
{
    /// <summary>A multiple of every page size there is.</summary>
    public const int StepBytes = 4 << 20;

    private const int StepsAhead = 2;

    private Task _ahead = Task.CompletedTask;
    private long _released;
    private long _populated;

    /// <summary>Where the reader should call <see cref="MoveTo"/> next, if it gets so far.</summary>
    public long NextMove { get; private set; }

    /// <summary>The reader has come to an offset, and will not look at anything more than a step before it.</summary>
    public void MoveTo(long offset)
    {
        long step = offset / StepBytes * StepBytes;
        NextMove = step + StepBytes;
        if (step - StepBytes > _released)
        {
            mapping.Release(_released, step - StepBytes - _released);
            _released = step - StepBytes;
        }

        long from = Math.Max(_populated, step);
        long to = Math.Min(length, step + ((1 + StepsAhead) * (long)StepBytes));
        if (from < to)
        {
            _ahead.Wait(); // it reads the disk: the reader would wait there itself
            _populated = to;
            _ahead = Task.Run(() => mapping.Populate(from, to - from));
        }
    }

    /// <summary>Returns when nobody else touches the mapping any more.</summary>
    public void Dispose() => _ahead.Wait();
}
