using System;
using System.Collections.Generic;

namespace RaftEngine.Pipeline;

/// <summary>Snapshots that a caller asks for, to back them up: they are those that the node takes anyway, only now.</summary>
internal sealed partial class Replica
{
    private readonly Queue<Operation> _snapshotRequests = new(); // by what they ask for: the index that was applied when they came, which never goes back

    private void RequestSnapshot(Operation request)
    {
        request.Index = _applyStage.AppliedIndex;
        request.Deadline = _now + Patience;
        if (request.Index == 0)
        {
            request.Fail(new RequestRefusedException(RequestRefusal.NothingApplied));
            return;
        }

        _snapshotRequests.Enqueue(request);
        ServeSnapshotRequests(_snapshotStage ?? throw new InvalidOperationException("A state machine without snapshots was asked for one."));
    }

    // One that is being written was perhaps captured before: it ends those requests that it is late enough for, and the next one the others.
    private void ServeSnapshotRequests(SnapshotStage stage)
    {
        while (_snapshotRequests.TryPeek(out Operation? request) && request.Index <= _snapshotIndex)
        {
            _applyStage.AddRead(_snapshotRequests.Dequeue());
        }

        // A snapshot that has arrived goes first, and may wait for a leader or for room.
        while (_arrived is not null && _snapshotRequests.TryPeek(out Operation? request) && request.Deadline <= _now)
        {
            _snapshotRequests.Dequeue().Fail(new RequestRefusedException(RequestRefusal.TimedOut));
        }

        if (_snapshotRequests.Count != 0 && stage.IsIdle && _arrived is null)
        {
            _applyStage.CaptureState();
        }
    }

    private void FailSnapshotRequests(Exception cause)
    {
        while (_snapshotRequests.TryDequeue(out Operation? request))
        {
            request.Fail(cause);
        }
    }
}
