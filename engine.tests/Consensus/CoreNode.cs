using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus;

/// <summary>A core with its log and its saved hard state, driven as its contract asks: orders at once, hard state saved before anything leaves.</summary>
internal sealed class CoreNode
{
    public static readonly TimeSpan ElectionTimeout = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMilliseconds(10);

    private static long s_runs;

    private readonly List<Message> _outbox = [];
    private readonly Configuration _configuration;
    private readonly ulong _seed;

    public CoreNode(CoreOptions options, Configuration configuration, MemoryLog? log = null, HardState hardState = default, TimeSpan now = default)
    {
        _configuration = configuration;
        _seed = options.Seed;
        Options = options.Run != 0 ? options : options with { Run = NextRun() };
        Log = log ?? new MemoryLog();
        Log.BeginWith(configuration);
        Saved = hardState;
        Now = now;
        Core = new RaftCore(Options, hardState, Log, now);
    }

    /// <summary>A node 1, 2, … of a cluster of so many voters.</summary>
    public static CoreNode Of(ulong id, int voters, MemoryLog? log = null, HardState hardState = default, Func<CoreOptions, CoreOptions>? change = null)
    {
        CoreOptions options = OptionsOf(id);
        return new CoreNode(change is null ? options : change(options), Voters(voters), log, hardState);
    }

    public static Configuration Voters(int voters) => new(Enumerable.Range(1, voters).Select(static i => (ulong)i).ToArray());

    public static CoreOptions OptionsOf(ulong id, ulong seed = 1) => new()
    {
        NodeId = id,
        ElectionTimeout = ElectionTimeout,
        HeartbeatInterval = HeartbeatInterval,
        LeaseDrift = ElectionTimeout / 10,
        MaxMessageBytes = 10 * MemoryLog.EntrySizeInBytes,
        MaxInflightMessages = 4,
        MaxInflightBytes = 1 << 20,
        Seed = (seed * 1000) + id,
    };

    public CoreOptions Options { get; private set; }

    public RaftCore Core { get; private set; }

    public MemoryLog Log { get; private set; }

    /// <summary>The log that a wiped node has lost: what it had acknowledged was on that disk.</summary>
    public MemoryLog? LostLog { get; private set; }

    /// <summary>What a restart finds.</summary>
    public HardState Saved { get; private set; }

    public TimeSpan Now { get; set; }

    /// <summary>True: whatever is appended is durable when the batch ends. False: the test completes syncs itself.</summary>
    public bool SyncsAtOnce { get; set; } = true;

    public ulong Id => Options.NodeId;

    public long Term => Core.HardState.Term;

    /// <summary>The configuration in force.</summary>
    public Configuration Configuration => Log.ConfigurationAt(Log.LastIndex).Configuration;

    public void Tick(TimeSpan now)
    {
        Now = now;
        Execute(Core.Tick(now), default);
    }

    public void Elapse(TimeSpan time) => Tick(Now + time);

    /// <summary>Lets the time pass for which a node that has restarted takes no part in elections, without anything else happening.</summary>
    public void OutlastSilence() => Now += ElectionTimeout;

    /// <summary>Takes in a message whose entries have values that do not matter.</summary>
    public LogOrder Step(Message message) => Step(message, new long[CarriedBy(in message)]);

    public LogOrder Step(Message message, long[] values) => Step(new Envelope(message, [.. values.Select(value => new LogItem(message.EntryTerm, value))]));

    public LogOrder Step(Envelope envelope)
    {
        LogOrder order = Core.Step(envelope.Message, Now);
        Execute(order, envelope);
        return order;
    }

    public bool Propose(long value)
    {
        if (!Core.AcceptsProposals)
        {
            return false;
        }

        Log.Append(Term, value);
        return true;
    }

    public ChangeResult Change(Configuration target)
    {
        ChangeResult result = Core.ChangeConfiguration(target, out Configuration? entry);
        if (entry is not null)
        {
            Log.Append(new LogItem(Term, 0, entry));
        }

        return result;
    }

    public void CompleteSync()
    {
        if (Log.CompleteSync())
        {
            Core.LogDurable(Now);
        }
    }

    /// <summary>Ends the batch.</summary>
    public List<Message> Collect()
    {
        if (Core.TryTakeConfiguration(out Configuration? configuration))
        {
            Log.Append(new LogItem(Term, 0, configuration));
        }

        if (SyncsAtOnce && Log.SyncAll())
        {
            Core.LogDurable(Now);
        }

        Saved = Core.HardState;
        _outbox.Clear();
        Core.Collect(_outbox, Now);
        return [.. _outbox];
    }

    public IEnumerable<Envelope> CollectEnvelopes()
    {
        foreach (Message message in Collect())
        {
            yield return message.Kind != MessageKind.InstallSnapshot
                ? new Envelope(message, Log.Items(message.Index + 1, message.Index + CarriedBy(in message)))
                : new Envelope(message, Log.Items(1, message.Index), Log.ConfigurationAt(message.Index).Configuration);
        }
    }

    /// <summary>Comes up again with what was on disk.</summary>
    public void Restart(TimeSpan now, long keptBeyondDurable = 0)
    {
        Log.Crash(keptBeyondDurable);
        Begin(now);
    }

    /// <summary>Comes up again after its process has died: all that was written is there, but the node cannot know that.</summary>
    public void Reopen(TimeSpan now) => Restart(now, Log.LastIndex);

    /// <summary>Comes up again with nothing, as a node that has only its id in common with the one before; in the configuration that it first came up
    /// in, or another.</summary>
    public void Wipe(TimeSpan now, ulong incarnation, Configuration? configuration = null)
    {
        Options = Options with { Incarnation = incarnation, IsFounder = false };
        LostLog = Log;
        Log = new MemoryLog();
        Log.BeginWith(configuration ?? _configuration);
        Saved = default;
        Begin(now);
    }

    /// <summary>Makes this node the leader of its next term, on a granted pre-vote and vote of everyone else.</summary>
    public void Win()
    {
        Tick(Core.NextDeadline);
        Collect();
        foreach (MessageKind kind in (ReadOnlySpan<MessageKind>)[MessageKind.PreVoteResponse, MessageKind.VoteResponse])
        {
            long term = kind == MessageKind.PreVoteResponse ? Term + 1 : Term;
            foreach (Member member in Configuration.Members)
            {
                Step(From(member.NodeId, kind) with { Term = term, Incarnation = member.Incarnation });
            }

            if (kind == MessageKind.PreVoteResponse)
            {
                Collect();
            }
        }
    }

    /// <summary>A message to this node, in its present term; an answer that names a run names this one.</summary>
    public Message From(ulong sender, MessageKind kind) =>
        new() { Kind = kind, From = sender, To = Id, Term = Term, Run = kind == MessageKind.ReadIndexResponse ? Options.Run : 0 };

    private static ulong NextRun() => (ulong)Interlocked.Increment(ref s_runs);

    private static int CarriedBy(in Message message) => message.Kind == MessageKind.AppendRequest ? (int)Math.Max(0, message.LastIndex - message.Index) : 0;

    // Every run has a number and draws of its own.
    private void Begin(TimeSpan now)
    {
        Options = Options with { Seed = _seed ^ (ulong)now.Ticks, Run = NextRun(), IsTailInDoubt = Options.MayLoseTail };
        Now = now;
        Core = new RaftCore(Options, Saved, Log, now);
    }

    private void Execute(LogOrder order, Envelope envelope)
    {
        Message message = envelope.Message;
        if (order != default)
        {
            Saved = Core.HardState; // The log is not touched in a term that is not on disk.
        }

        if (order.ResetLog)
        {
            Log.Reset(envelope.Items, envelope.Configuration ?? Configuration);
        }

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
                Log.Append(envelope.Items[index - message.Index - 1]);
            }
        }

        if (order.AppendNoOp)
        {
            Log.Append(Term, 0);
        }
    }
}
