using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>Commands given to a node that forwards while it knows no leader: they wait for one, for a bounded time. The loop's.</summary>
/// <param name="options">The node's options.</param>
internal sealed class LeaderlessProposals(RaftOptions options)
{
    private readonly Queue<(Operation Operation, EntryKind Kind, byte[] Payload)> _waiting = new();
    private long _bytes;

    /// <summary>When the oldest is given up.</summary>
    public TimeSpan NextDeadline => _waiting.Count == 0 ? TimeSpan.MaxValue : _waiting.Peek().Operation.Deadline;

    /// <summary>Adds a command, or ends it if too much waits already.</summary>
    /// <param name="proposal">The proposal, with its deadline.</param>
    /// <param name="kind">The kind of its entry.</param>
    /// <param name="payload">The entry's payload, which is copied.</param>
    public void Add(Operation proposal, EntryKind kind, ReadOnlySpan<byte> payload)
    {
        if (_waiting.Count != 0 && _bytes + payload.Length > options.MaxInflightBytes)
        {
            proposal.Fail(new RaftOverloadedException(nameof(RaftOptions.MaxInflightBytes), options.MaxInflightBytes));
            return;
        }

        _waiting.Enqueue((proposal, kind, payload.ToArray()));
        _bytes += payload.Length;
    }

    /// <summary>Takes the oldest; false if there is none.</summary>
    public bool TryTake(out (Operation Operation, EntryKind Kind, byte[] Payload) proposal)
    {
        bool any = _waiting.TryDequeue(out proposal);
        _bytes -= any ? proposal.Payload.Length : 0;
        return any;
    }
}
