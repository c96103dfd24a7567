using System;
using System.Collections.Generic;
using RaftEngine.Consensus;

namespace RaftEngine.Tests.Consensus;

/// <summary>The reads of a schedule, on leaders and on followers.</summary>
internal sealed partial class RandomSchedule
{
    private readonly List<(ulong Node, RaftCore Core, long Term, ulong Round, long ReadIndex, long CommittedBefore)> _reads = [];
    private readonly List<(ulong Node, RaftCore Core, ulong Number, long CommittedBefore)> _forwardedReads = [];

    private void RequestRead(CoreNode node)
    {
        if (node.Core.TryRequestRead(out ulong round, out long readIndex))
        {
            _reads.Add((node.Id, node.Core, node.Term, round, readIndex, _invariants.CommitIndex));
        }
        else if (node.Core.TryForwardRead(out ulong number))
        {
            _forwardedReads.Add((node.Id, node.Core, number, _invariants.CommitIndex));
        }
    }

    // A confirmed read sees everything that was committed anywhere before it was asked for. One whose term has passed is void.
    private void CheckReads(CoreNode node)
    {
        for (int i = _reads.Count - 1; i >= 0; i--)
        {
            var read = _reads[i];
            if (read.Node != node.Id)
            {
                continue;
            }

            if (!ReferenceEquals(read.Core, node.Core) || node.Core.Role != Role.Leader || node.Term != read.Term)
            {
                _reads.RemoveAt(i);
            }
            else if (node.Core.ConfirmedReadRound >= read.Round)
            {
                ReadsConfirmed++;
                _reads.RemoveAt(i);
                CheckRead(node, read.ReadIndex, read.CommittedBefore);
            }
        }

        for (int i = _forwardedReads.Count - 1; i >= 0; i--)
        {
            var read = _forwardedReads[i];
            if (read.Node == node.Id && (!ReferenceEquals(read.Core, node.Core) || node.Core.Role == Role.Leader))
            {
                _forwardedReads.RemoveAt(i);
            }
            else if (read.Node == node.Id && node.Core.AnsweredReadNumber >= read.Number)
            {
                ForwardedReadsAnswered++;
                _forwardedReads.RemoveAt(i);
                CheckRead(node, node.Core.AnsweredReadIndex, read.CommittedBefore);
            }
        }
    }

    private static void CheckRead(CoreNode node, long readIndex, long committedBefore)
    {
        if (readIndex < committedBefore)
        {
            throw new InvalidOperationException($"Node {node.Id} confirmed a read at {readIndex}, but {committedBefore} was committed when it was asked for");
        }
    }
}
