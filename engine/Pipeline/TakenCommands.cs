using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>
/// What a leader remembers of the commands that other nodes have sent it in one term: of each node the highest number taken, so that no command is appended twice, however
/// often its message comes. It is kept when the term's leadership has ended. The loop's.
/// </summary>
internal sealed class TakenCommands
{
    /// <summary>How many nodes are remembered in one term, members or not; further ones are not answered.</summary>
    public const int MaxNodes = 4 * Configuration.MaxMembers;

    /// <summary>How many commands one answer speaks of.</summary>
    public const int MaxAnswered = 1 << 16;

    private readonly List<Sender> _senders = new(8);
    private long _awaitedIndex;

    /// <summary>The index of the command that was appended last in this term.</summary>
    public long LastIndex => _awaitedIndex;

    /// <summary>The term in which this node took them; 0 if it has not led since it came up.</summary>
    public long Term { get; private set; }

    /// <summary>Begins anew: this node leads another term, and what was meant for an earlier one is appended no more.</summary>
    /// <param name="term">The term.</param>
    public void Begin(long term)
    {
        Term = term;
        _senders.Clear();
        _awaitedIndex = 0;
    }

    /// <summary>Takes a number, once: the command is to be appended now or never.</summary>
    /// <param name="nodeId">The node that sent the command.</param>
    /// <param name="number">The number.</param>
    /// <param name="highest">The highest number that was taken from the node before; 0 if none was, or the node is one too many.</param>
    /// <returns>False if it, or a higher one, was taken before.</returns>
    public bool TryTake(ulong nodeId, ulong number, out ulong highest)
    {
        Span<Sender> senders = CollectionsMarshal.AsSpan(_senders);
        foreach (ref Sender sender in senders)
        {
            if (sender.NodeId == nodeId)
            {
                highest = sender.Number;
                sender.Number = Math.Max(sender.Number, number);
                return number > highest;
            }
        }

        highest = 0;
        if (_senders.Count == MaxNodes)
        {
            return false;
        }

        _senders.Add(new Sender { NodeId = nodeId, Number = number });
        return true;
    }

    /// <summary>The command taken last from a node was appended: the node waits until this is committed.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="index">The index, higher than all before.</param>
    public void Appended(ulong nodeId, long index)
    {
        _awaitedIndex = index;
        foreach (ref Sender sender in CollectionsMarshal.AsSpan(_senders))
        {
            if (sender.NodeId == nodeId)
            {
                sender.AwaitedIndex = index;
                return;
            }
        }
    }

    /// <summary>Finds a node that may be waiting for what was committed since the last time.</summary>
    /// <param name="toldIndex">What was committed at the last time.</param>
    /// <param name="position">Where to go on looking; 0 at first.</param>
    /// <param name="nodeId">The node.</param>
    /// <returns>False if there are no more such nodes.</returns>
    public bool TryFindAwaiting(long toldIndex, ref int position, out ulong nodeId)
    {
        nodeId = 0;
        while (_awaitedIndex > toldIndex && position < _senders.Count)
        {
            Sender sender = _senders[position++];
            if (sender.AwaitedIndex > toldIndex)
            {
                nodeId = sender.NodeId;
                return true;
            }
        }

        return false;
    }

    private struct Sender
    {
        public ulong NodeId;
        public ulong Number;
        public long AwaitedIndex;
    }
}
