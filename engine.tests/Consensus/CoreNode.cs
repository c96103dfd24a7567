using System;
using System.Collections.Generic;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>A core with its log and its saved hard state, driven as its contract asks: orders at once, hard state saved before anything leaves.</summary>
internal sealed class CoreNode
{
    public static readonly TimeSpan ElectionTimeout = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(10);

    private readonly List<Message> _outbox = [];

    public CoreNode(CoreOptions options, MemoryLog? log = null, HardState hardState = default, TimeSpan now = default)
    {
        Options = options;
        Log = log ?? new MemoryLog();
        Saved = hardState;
        Now = now;
        Core = new RaftCore(options, hardState, Log, now);
    }

    /// <summary>A node 1, 2, … of a cluster of so many voters.</summary>
    public static CoreNode Of(ulong id, int voters, MemoryLog? log = null, HardState hardState = default, Func<CoreOptions, CoreOptions>? change = null)
    {
        CoreOptions options = OptionsOf(id, voters);
        return new CoreNode(change is null ? options : change(options), log, hardState);
    }

    public static CoreOptions OptionsOf(ulong id, int voters, ulong seed = 1) => new()
    {
        NodeId = id,
        Configuration = new Configuration(Enumerable.Range(1, voters).Select(static i => (ulong)i).ToArray()),
        ElectionTimeout = ElectionTimeout,
        HeartbeatInterval = HeartbeatInterval,
        MaxMessageBytes = 10 * MemoryLog.EntrySizeInBytes,
        MaxInflightMessages = 4,
        MaxInflightBytes = 1 << 20,
        Seed = (seed * 1000) + id,
    };

    public CoreOptions Options { get; }

    public RaftCore Core { get; private set; }

    public MemoryLog Log { get; }

    /// <summary>What a restart finds.</summary>
    public HardState Saved { get; private set; }

    public TimeSpan Now { get; set; }

    /// <summary>True: whatever is appended is durable when the batch ends. False: the test completes syncs itself.</summary>
    public bool SyncsAtOnce { get; set; } = true;

    public ulong Id => Options.NodeId;

    public long Term => Core.HardState.Term;

    public void Tick(TimeSpan now)
    {
        Now = now;
        Execute(Core.Tick(now), default, []);
    }

    public void Elapse(TimeSpan time) => Tick(Now + time);

    /// <summary>Takes in a message whose entries have values that do not matter.</summary>
    public LogOrder Step(Message message) => Step(message, new long[Math.Max(0, message.LastIndex - message.Index)]);

    public LogOrder Step(Message message, long[] values)
    {
        LogOrder order = Core.Step(in message, Now);
        Execute(order, message, values);
        return order;
    }

    public bool Propose(long value)
    {
        if (Core.Role != Role.Leader)
        {
            return false;
        }

        Log.Append(Term, value);
        return true;
    }

    public void CompleteSync()
    {
        if (Log.CompleteSync())
        {
            Core.LogDurable();
        }
    }

    public List<Message> Collect()
    {
        if (SyncsAtOnce && Log.SyncAll())
        {
            Core.LogDurable();
        }

        Saved = Core.HardState;
        _outbox.Clear();
        Core.Collect(_outbox);
        return [.. _outbox];
    }

    public IEnumerable<Envelope> CollectEnvelopes()
    {
        foreach (Message message in Collect())
        {
            long[] values = new long[Math.Max(0, message.LastIndex - message.Index)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = Log.ValueAt(message.Index + 1 + i);
            }

            yield return new Envelope(message, values);
        }
    }

    /// <summary>Comes up again with what was on disk.</summary>
    public void Restart(TimeSpan now, long keptBeyondDurable = 0)
    {
        Log.Crash(keptBeyondDurable);
        Now = now;
        Core = new RaftCore(Options, Saved, Log, now);
    }

    /// <summary>Makes this node the leader of its next term, on a granted pre-vote and vote of everyone else.</summary>
    public void Win()
    {
        Tick(Core.NextDeadline);
        Collect();
        foreach (MessageKind kind in (ReadOnlySpan<MessageKind>)[MessageKind.PreVoteResponse, MessageKind.VoteResponse])
        {
            long term = kind == MessageKind.PreVoteResponse ? Term + 1 : Term;
            foreach (ulong voter in Options.Configuration.Voters)
            {
                Step(From(voter, kind) with { Term = term });
            }

            if (kind == MessageKind.PreVoteResponse)
            {
                Collect();
            }
        }
    }

    /// <summary>A message to this node, in its present term.</summary>
    public Message From(ulong sender, MessageKind kind) => new() { Kind = kind, From = sender, To = Id, Term = Term };

    private void Execute(LogOrder order, Message message, long[] values)
    {
        if (order.TruncateFrom != 0)
        {
            Log.TruncateFrom(order.TruncateFrom);
        }

        if (order.AppendFrom != 0)
        {
            if (order.AppendFrom != Log.LastIndex + 1)
            {
                throw new InvalidOperationException($"Append from {order.AppendFrom} to a log that ends at {Log.LastIndex}.");
            }

            for (long index = order.AppendFrom; index <= message.LastIndex; index++)
            {
                Log.Append(message.EntryTerm, values[index - message.Index - 1]);
            }
        }

        if (order.AppendNoOp)
        {
            Log.Append(Term, 0);
        }
    }
}
