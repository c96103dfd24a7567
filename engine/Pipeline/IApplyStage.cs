using System;

namespace RaftEngine.Pipeline;

/// <summary>The apply stage as the loop sees it, whatever the state machine's results are.</summary>
internal interface IApplyStage : IDisposable
{
    /// <summary>The last index applied. Any thread.</summary>
    long AppliedIndex { get; }

    /// <summary>The log's time as far as it has been applied, in milliseconds. Any thread.</summary>
    long SessionTimeMilliseconds { get; }

    /// <summary>What is known of the state's fingerprint; null if the state machine has none.</summary>
    StateFingerprint? Fingerprint { get; }

    /// <summary>Starts the thread.</summary>
    void Start();

    /// <summary>Wakes the thread if the loop has requested anything. Called by the thread that runs the loop, after a
    /// batch.</summary>
    void Wake();

    /// <summary>As <see cref="Wake"/>, but does it on the calling thread if it is little. Called by the thread that ran
    /// a batch, after it gave up the loop's turn.</summary>
    void Run();

    /// <summary>Everything up to here is to be applied, once the stage is woken. The loop's.</summary>
    /// <param name="commitIndex">The commit index.</param>
    void PublishCommit(long commitIndex);

    /// <summary>Has the state captured after the next command, for the snapshot stage. The loop's.</summary>
    void CaptureState();

    /// <summary>True once nothing is being applied and nothing will be, so that the log may be replaced. The loop's.</summary>
    bool IsPaused { get; }

    /// <summary>Asks for a pause; the loop is woken when it has begun. While a state is being restored it does nothing: ask again. The loop's.</summary>
    void Pause();

    /// <summary>Ends the pause, or calls off one that was asked for and has not begun. The loop's.</summary>
    /// <param name="restore">True if the state machine is to be restored from the newest snapshot before anything more is applied; only while paused.</param>
    void Resume(bool restore);

    /// <summary>Lets a confirmed read go as soon as its index is applied. The loop's.</summary>
    /// <param name="read">The read, with its index.</param>
    void AddRead(Operation read);

    /// <summary>Ends all reads that wait, once the stage is disposed and the loop has ended: a read changes nothing, so it is safe to ask another node.</summary>
    /// <param name="cause">The failure that stops the node, if it is one.</param>
    void EndReads(Exception? cause);
}
