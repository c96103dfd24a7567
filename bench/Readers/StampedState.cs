using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Readers;

/// <summary>A state that notes when each of the latest entries was applied.</summary>
internal sealed class StampedState : ISnapshotStateMachine<long>
{
    private const int Remembered = 1 << 20;

    private readonly FilledState _state = new(0);
    private readonly long[] _appliedAt = new long[Remembered];
    private readonly long[] _indexes = new long[Remembered];

    /// <inheritdoc/>
    public long Apply(in LogEntry entry)
    {
        _appliedAt[entry.Index % Remembered] = Stopwatch.GetTimestamp();
        Volatile.Write(ref _indexes[entry.Index % Remembered], entry.Index); // release: pairs with the acquire in AppliedAt
        return _state.Apply(in entry);
    }

    /// <summary>When an entry was applied, as a timestamp of <see cref="Stopwatch"/>; 0 if it is not yet.</summary>
    public long AppliedAt(long index) =>
        Volatile.Read(ref _indexes[index % Remembered]) == index ? _appliedAt[index % Remembered] : 0;

    /// <inheritdoc/>
    public Action<Stream> CaptureSnapshot() => _state.CaptureSnapshot();

    /// <inheritdoc/>
    public void RestoreSnapshot(Stream stream) => _state.RestoreSnapshot(stream);
}
