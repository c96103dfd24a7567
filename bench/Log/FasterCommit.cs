using System;
using System.Threading;
using System.Threading.Tasks;
using FASTER.core;
using RaftEngine.Bench.Baselines;

namespace RaftEngine.Bench.Log;

/// <summary>
/// FasterLog with many callers as it is fastest: they enqueue, and one thread commits whatever there is. As strace shows it, a commit is one pwrite64 followed, on the
/// same thread and before anything else is written, by one fdatasync; only then do its callers go on.
/// </summary>
internal sealed class FasterCommit : IDurableLog, IDisposable
{
    private readonly FasterLog _log;
    private readonly Thread _committer;
    private volatile bool _isStopping;

    /// <summary>Starts the committing thread.</summary>
    /// <param name="device">A device whose writes are on disk when they end.</param>
    public FasterCommit(IDevice device)
    {
        _log = FasterLogs.ForCommitting(device);
        _committer = new Thread(Run) { IsBackground = true, Name = "FasterLog commit" };
        _committer.Start();
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(PendingAppend place, ReadOnlyMemory<byte> payload) => _log.WaitForCommitAsync(_log.Enqueue(payload.Span) + 1);

    public void Dispose()
    {
        _isStopping = true;
        _committer.Join();
        _log.Dispose();
    }

    private void Run()
    {
        SpinWait idle = default;
        while (!_isStopping)
        {
            if (_log.TailAddress > _log.CommittedUntilAddress)
            {
                _log.Commit(spinWait: true);
                idle.Reset();
            }
            else
            {
                idle.SpinOnce(sleep1Threshold: -1);
            }
        }
    }
}
