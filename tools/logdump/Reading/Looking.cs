using System;
using System.Threading;

namespace RaftEngine.LogDump.Reading;

/// <summary>How a directory is looked at.</summary>
/// <param name="CancellationToken">Ends it.</param>
internal sealed record Looking(CancellationToken CancellationToken)
{
    /// <summary>How long what may be in progress is given before it is looked at again: longer than the largest table
    /// takes to be written.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMilliseconds(50);

    /// <summary>True to read headers, tables of offsets and the last segment alone.</summary>
    public bool IsQuick { get; init; }

    /// <summary>How long it waits before it looks again.</summary>
    public TimeSpan Patience { get; init; } = DefaultPatience;

    /// <summary>Is told how many bytes of records have been read; may be null.</summary>
    public Action<long>? OnProgress { get; init; }

    /// <summary>Waits before the next look.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Pause()
    {
        CancellationToken.WaitHandle.WaitOne(Patience);
        CancellationToken.ThrowIfCancellationRequested();
    }
}
