using System;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Log;

/// <summary>
/// Many callers, one writer: what has queued up while the last group was being synced is the next group. One thread appends it, writes it, syncs it, and has its callers go
/// on on a pool thread, one after the other, after which the writer is woken once for whatever they have brought.
/// </summary>
internal sealed class GroupCommit : IDurableLog, IDisposable
{
    // True on a thread that resumes callers: it wakes the writer behind the last of them, not behind the first.
    [ThreadStatic]
    private static bool t_isResuming;

    private readonly SegmentedLog _log;
    private readonly Wakeup _wakeup = new();
    private readonly Thread _writer;
    private readonly Action<PendingAppend> _resume;
    private PendingAppend? _newest; // a stack that callers push on, and the writer takes whole
    private volatile bool _isStopping;

    /// <summary>Starts the writer, which has the log to itself until this is disposed.</summary>
    public GroupCommit(SegmentedLog log)
    {
        _log = log;
        _resume = Resume;
        _writer = new Thread(Run) { IsBackground = true, Name = "group commit" };
        _writer.Start();
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(PendingAppend place, ReadOnlyMemory<byte> payload)
    {
        ValueTask wait = place.Begin(payload);
        PendingAppend? newest = Volatile.Read(ref _newest);
        PendingAppend? seen;
        do
        {
            seen = newest;
            place.Next = seen;
            newest = Interlocked.CompareExchange(ref _newest, place, seen);
        }
        while (newest != seen);

        if (!t_isResuming)
        {
            _wakeup.Wake();
        }

        return wait;
    }

    /// <summary>Ends the writer. No caller may be waiting.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _wakeup.Wake();
        _writer.Join();
    }

    private void Run()
    {
        while (true)
        {
            if (Interlocked.Exchange(ref _newest, null) is { } taken)
            {
                Commit(InOrder(taken));
                continue;
            }

            if (_isStopping)
            {
                return;
            }

            _wakeup.PrepareToWait();
            if (_isStopping || Volatile.Read(ref _newest) is not null)
            {
                _wakeup.CancelWait();
            }
            else
            {
                _wakeup.Wait(Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Commit(PendingAppend oldest)
    {
        try
        {
            for (PendingAppend? place = oldest; place is not null; place = place.Next)
            {
                _log.Append(EntryKind.Command, 1, place.Payload.Span);
            }

            _log.Flush();
            SyncTicket ticket = _log.PrepareSync();
            _log.Sync(ticket);
            _log.CompleteSync(ticket);
            _log.CompactTo(_log.DurableIndex); // there are no readers: full segments are used again
        }
#pragma warning disable CA1031 // The callers hear of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            for (PendingAppend? place = oldest, next; place is not null; place = next)
            {
                next = place.Next;
                place.Fail(exception);
            }

            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(_resume, oldest, preferLocal: false);
    }

    private void Resume(PendingAppend oldest)
    {
        t_isResuming = true;
        for (PendingAppend? place = oldest, next; place is not null; place = next)
        {
            next = place.Next; // the caller may queue it again at once
            place.Complete();
        }

        t_isResuming = false;
        _wakeup.Wake();
    }

    private static PendingAppend InOrder(PendingAppend newest)
    {
        PendingAppend? oldest = null;
        for (PendingAppend? place = newest, next; place is not null; place = next)
        {
            next = place.Next;
            place.Next = oldest;
            oldest = place;
        }

        return oldest!;
    }
}
