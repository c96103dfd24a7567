using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Channels;
using RaftEngine.Host;

namespace RaftEngine.Diagnostics;

/// <summary>Tells those who read a node's events what has changed from one status to the next. Without readers it costs a
/// read of a field a batch.</summary>
internal sealed class EventStreams
{
    /// <summary>How many events wait for a reader; more are dropped, and counted.</summary>
    public const int Capacity = 1024;

    private readonly Gate _gate = new();
    private readonly List<Reader> _readers = []; // under _gate
    private bool _hasEnded;                      // under _gate
    private int _count;                          // written under _gate; the loop reads it: a new reader may miss the batch under way

    /// <summary>Opens a reader. Any thread.</summary>
    public ChannelReader<RaftEvent> Open()
    {
        Reader reader = new();
        using (_gate.Enter())
        {
            if (_hasEnded)
            {
                reader.Events.Writer.Complete();
                return reader.Events;
            }

            _readers.Add(reader);
            Volatile.Write(ref _count, _readers.Count); // pairs with the read in Publish
        }

        return reader.Events;
    }

    /// <summary>Closes a reader. Any thread.</summary>
    public void Close(ChannelReader<RaftEvent> events)
    {
        using (_gate.Enter())
        {
            _readers.RemoveAll(reader => reader.Events.Reader == events);
            Volatile.Write(ref _count, _readers.Count); // pairs with the read in Publish
        }
    }

    /// <summary>Tells what has changed. The loop's, after each batch.</summary>
    public void Publish(in RaftStatus before, in RaftStatus after)
    {
        if (Volatile.Read(ref _count) != 0)
        {
            Compare(in before, in after);
        }
    }

    /// <summary>Tells that the node has stopped, and ends all readers.</summary>
    /// <param name="status">The node's last status.</param>
    public void End(in RaftStatus status)
    {
        Tell(RaftEventKind.Stopped, in status);
        using (_gate.Enter())
        {
            _hasEnded = true;
            _readers.ForEach(static reader => reader.Events.Writer.TryComplete());
        }
    }

    private void Compare(in RaftStatus before, in RaftStatus after)
    {
        TellIf(before.Role != after.Role || before.Term != after.Term, RaftEventKind.RoleChanged, in after);
        TellIf(before.LeaderId != after.LeaderId, RaftEventKind.LeaderChanged, in after);
        TellIf(!ReferenceEquals(before.Configuration, after.Configuration) && !Equals(before.Configuration, after.Configuration), RaftEventKind.MembersChanged, in after);
        TellIf(before.SnapshotIndex != after.SnapshotIndex, RaftEventKind.SnapshotChanged, in after);
        TellIf(!before.IsLogFull && after.IsLogFull, RaftEventKind.LogFull, in after);
        TellIf(before.IsLogFull && !after.IsLogFull, RaftEventKind.LogHasRoom, in after);
        TellIf(before.StallHandovers != after.StallHandovers, RaftEventKind.DiskStalled, in after);
        TellIf(before.IsTailInDoubt && !after.IsTailInDoubt, RaftEventKind.TailRecovered, in after);
        TellIf(!before.IsSuperseded && after.IsSuperseded, RaftEventKind.Superseded, in after);
    }

    private void TellIf(bool hasHappened, RaftEventKind kind, in RaftStatus status)
    {
        if (hasHappened)
        {
            Tell(kind, in status);
        }
    }

    private void Tell(RaftEventKind kind, in RaftStatus status)
    {
        using (_gate.Enter())
        {
            foreach (Reader reader in _readers)
            {
                bool isTold = reader.Events.Writer.TryWrite(new RaftEvent(kind, status, reader.Dropped));
                reader.Dropped = isTold ? 0 : reader.Dropped + 1;
            }
        }
    }

    private sealed class Reader
    {
        public Channel<RaftEvent> Events { get; } = Channel.CreateBounded<RaftEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });

        public long Dropped { get; set; }
    }
}
