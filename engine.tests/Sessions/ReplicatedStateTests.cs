using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Protocol;
using RaftEngine.Sessions;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Sessions;

/// <summary>What is remembered of clients, beside a state machine: a function of the log alone, and a part of every snapshot.</summary>
public class ReplicatedStateTests
{
    private readonly ListStateMachine _machine = new();
    private readonly ReplicatedState<int> _state;
    private long _index = 10;

    public ReplicatedStateTests()
    {
        _state = new ReplicatedState<int>(_machine);
    }

    [Fact]
    public void A_command_that_comes_again_is_applied_once_and_gets_the_first_result()
    {
        long session = Open();
        Applied<int> first = Command(session, 1, "a");
        Command(session, 2, "b");

        Assert.Equal(first, Command(session, 1, "a"));
        Assert.Equal(["a", "b"], _machine.Commands);
        Assert.Equal((first.Index, 5L, 0), (first.Index, first.Term, first.Result));
    }

    [Fact]
    public void Sessions_do_not_know_each_other()
    {
        long one = Open();
        long other = Open();
        Command(one, 1, "a");
        Command(other, 1, "b");

        Assert.Equal(["a", "b"], _machine.Commands);
    }

    [Fact]
    public void Commands_may_come_in_any_order()
    {
        long session = Open();
        foreach (long sequence in (long[])[64, 3, 1, 63, 2, 64, 1, 40])
        {
            Command(session, sequence, $"{sequence}");
        }

        Assert.Equal(["64", "3", "1", "63", "2", "40"], _machine.Commands);
        Assert.Equal(0, Command(session, 64, "64").Result);
        Assert.Equal(3, Command(session, 63, "63").Result);
        Assert.Equal(5, Command(session, 40, "40").Result);
    }

    [Fact]
    public void Results_are_kept_until_the_client_has_them_and_no_longer()
    {
        long session = Open();
        for (long sequence = 1; sequence <= 1000; sequence++)
        {
            Command(session, sequence, $"{sequence}", firstUnsettled: Math.Max(1, sequence - 20));
        }

        Assert.Equal(979, Command(session, 980, "980", firstUnsettled: 980).Result);
        Assert.Equal(1000, _machine.Commands.Length);
        Assert.Equal(SessionRefusal.Settled, Apply(new SessionHeader(0, SessionOperation.Command, session, 979, 979), "979", out _));
        Assert.Equal(999, Command(session, 1000, "1000", firstUnsettled: 970).Result);
    }

    [Fact]
    public void Repeats_at_random_get_what_the_first_try_got()
    {
        Random random = new(11);
        Dictionary<long, Applied<int>> firsts = [];
        long session = Open();
        long firstUnsettled = 1;
        for (int round = 0; round < 50_000; round++)
        {
            long sequence = firstUnsettled + random.Next(SessionSequence.MaxUnsettled);
            Applied<int> applied = Command(session, sequence, "a", firstUnsettled);
            bool isFirst = firsts.TryAdd(sequence, applied);
            Assert.Equal(isFirst, applied.Index == _index);
            Assert.Equal(firsts[sequence], applied);
            firstUnsettled += random.Next(20) == 0 ? random.Next(100) : 0;
        }

        Assert.Equal(firsts.Count, _machine.Commands.Length);
    }

    [Fact]
    public void The_floor_may_leap_over_everything()
    {
        long session = Open();
        Command(session, 1, "a");
        Command(session, 1_000_000, "b", firstUnsettled: 1_000_000);

        Assert.Equal(1, Command(session, 1_000_000, "b", firstUnsettled: 1_000_000).Result);
        Assert.Equal(SessionRefusal.Settled, Apply(new SessionHeader(0, SessionOperation.Command, session, 1, 1), "a", out _));
        Assert.Equal(["a", "b"], _machine.Commands);
    }

    [Fact]
    public void A_session_expires_when_nothing_of_it_has_come_for_its_timeout_of_the_logs_time()
    {
        long session = Open(timeout: 1000, time: 50);
        Assert.Null(Apply(new SessionHeader(1049, SessionOperation.Keep, session), "", out _));
        Assert.Null(Apply(new SessionHeader(2048, SessionOperation.Command, session, 1, 1), "a", out _));
        Assert.Equal(SessionRefusal.Expired, Apply(new SessionHeader(3048, SessionOperation.Command, session, 2, 1), "b", out _));
        Assert.Equal(SessionRefusal.Expired, Apply(new SessionHeader(3048, SessionOperation.Keep, session), "", out _));
        Assert.Equal(["a"], _machine.Commands);
    }

    [Fact]
    public void Time_does_not_go_back_whatever_a_leader_says()
    {
        long session = Open(timeout: 1000, time: 5000);
        Apply(new SessionHeader(0, SessionOperation.Keep, session), "", out _);

        Assert.Equal(5000, _state.SessionTimeMilliseconds);
        Assert.Null(Apply(new SessionHeader(5999, SessionOperation.Keep, session), "", out _));
    }

    [Fact]
    public void A_timeout_near_the_end_of_time_is_never_over()
    {
        long session = Open(timeout: long.MaxValue, time: 10);

        Assert.Null(Apply(new SessionHeader(long.MaxValue - 1, SessionOperation.Keep, session), "", out _));
    }

    [Fact]
    public void There_are_as_many_sessions_as_there_may_be_and_those_that_expire_make_room()
    {
        long[] sessions = [.. Enumerable.Range(0, 3).Select(_ => Open(timeout: 100, maxSessions: 3))];
        SessionHeader another = new(0, SessionOperation.Open, TimeoutMilliseconds: 100, MaxSessions: 3);

        Assert.Equal(SessionRefusal.TooManySessions, Apply(another, "", out _));
        Assert.Null(Apply(new SessionHeader(0, SessionOperation.Close, sessions[1]), "", out _));
        Assert.Null(Apply(another, "", out _));
        Assert.Equal(SessionRefusal.TooManySessions, Apply(another, "", out _));
        Assert.Null(Apply(another with { TimeMilliseconds = 100 }, "", out _));
    }

    [Fact]
    public void A_session_that_is_closed_is_closed()
    {
        long session = Open();
        Assert.Null(Apply(new SessionHeader(0, SessionOperation.Close, session), "", out _));
        Assert.Null(Apply(new SessionHeader(0, SessionOperation.Close, session), "", out _));

        Assert.Equal(SessionRefusal.Expired, Apply(new SessionHeader(0, SessionOperation.Command, session, 1, 1), "a", out _));
    }

    [Fact]
    public void A_snapshot_holds_sessions_and_their_results()
    {
        long session = Open(timeout: 1000, time: 100);
        long quiet = Open(timeout: 300, time: 200);
        Applied<int> first = Command(session, 5, "a", firstUnsettled: 2, time: 400);
        Applied<int> second = Command(session, 65, "b", firstUnsettled: 3, time: 400);
        byte[] snapshot = Write(_state.Capture());

        ListStateMachine machine = new();
        ReplicatedState<int> restored = new(machine);
        restored.Restore(new MemoryStream(snapshot));

        Assert.Equal(_machine.Commands, machine.Commands);
        Assert.Equal(400, restored.SessionTimeMilliseconds);
        Assert.Equal(snapshot, Write(restored.Capture()));
        Assert.Null(Apply(restored, new SessionHeader(0, SessionOperation.Command, session, 5, 3), "a", out Applied<int> again));
        Assert.Equal(first, again);
        Assert.Null(Apply(restored, new SessionHeader(0, SessionOperation.Command, session, 65, 3), "b", out again));
        Assert.Equal(second, again);
        Assert.Equal(SessionRefusal.Settled, Apply(restored, new SessionHeader(0, SessionOperation.Command, session, 2, 2), "c", out _));
        Assert.Equal(SessionRefusal.Expired, Apply(restored, new SessionHeader(500, SessionOperation.Keep, quiet), "", out _));
        Assert.Null(Apply(restored, new SessionHeader(1399, SessionOperation.Keep, session), "", out _));
    }

    [Fact]
    public void What_was_captured_does_not_change_while_it_is_written()
    {
        long session = Open();
        long closed = Open();
        Command(session, 1, "a");
        Command(closed, 1, "b");
        byte[] expected = Write(_state.Capture());

        Action<Stream> captured = _state.Capture();
        Command(session, 2, "c", firstUnsettled: 2, time: 100);
        Apply(new SessionHeader(0, SessionOperation.Close, closed), "", out _);
        Open();
        byte[] written = Write(captured);

        Assert.Equal(expected, written);
        Assert.Equal(2, Command(session, 2, "c", firstUnsettled: 2).Result);
    }

    [Fact]
    public void A_state_that_is_restored_takes_the_place_of_everything()
    {
        byte[] empty = Write(new ReplicatedState<int>(new ListStateMachine()).Capture());
        long session = Open(time: 1000);
        _state.Restore(new MemoryStream(empty));

        Assert.Equal(0, _state.SessionTimeMilliseconds);
        Assert.Equal(SessionRefusal.Expired, Apply(new SessionHeader(0, SessionOperation.Keep, session), "", out _));
    }

    [Fact]
    public void The_same_log_makes_the_same_state()
    {
        List<(SessionHeader Header, string Command)> log = [];
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            long id = 10 + random.Next(i + 1);
            long floor = 1 + random.Next(40);
            log.Add(random.Next(10) switch
            {
                0 => (new SessionHeader(10 * i, SessionOperation.Open, TimeoutMilliseconds: 1 + random.Next(3000), MaxSessions: 50), ""),
                1 => (new SessionHeader(10 * i, SessionOperation.Close, id), ""),
                2 => (new SessionHeader(10 * i, SessionOperation.Keep, id), ""),
                _ => (new SessionHeader(10 * i, SessionOperation.Command, id, floor + random.Next(64), floor), $"{i}"),
            });
        }

        Assert.Equal(Run(log, captureEvery: int.MaxValue), Run(log, captureEvery: 7));
        Assert.Equal(Run(log, captureEvery: int.MaxValue), Run(log, captureEvery: 50, restores: true));
    }

    [Fact]
    public void A_state_machine_that_takes_snapshots_and_cannot_write_results_takes_no_sessions()
    {
        Assert.True(new ReplicatedState<long>(new GatedStateMachine()).TakesSessions);
        Assert.True(_state.TakesSessions);
        Assert.False(new ReplicatedState<int>(new NoResultFormat()).TakesSessions);
        Assert.True(new ReplicatedState<int>(new NoResultFormat()).TakesSnapshots);
        Assert.False(new ReplicatedState<long>(new GatedStateMachine()).TakesSnapshots);
    }

    [Fact]
    public void An_entry_that_is_none_stops_the_node() =>
        Assert.Throws<InvalidOperationException>(() => _state.ApplySession(new LogEntry(1, 1, EntryKind.Session, new byte[SessionFormat.HeaderBytes]), out _));

    private static string Run(List<(SessionHeader Header, string Command)> log, int captureEvery, bool restores = false)
    {
        ReplicatedState<int> state = new(new ListStateMachine());
        StringBuilder outcomes = new();
        long index = 10;
        foreach ((SessionHeader header, string command) in log)
        {
            SessionRefusal? refusal = state.ApplySession(new LogEntry(index, 1, EntryKind.Session, Payload(header, command)), out Applied<int> applied);
            outcomes.Append(System.Globalization.CultureInfo.InvariantCulture, $"{index} {refusal} {applied}\n");
            if (++index % captureEvery == 0)
            {
                byte[] snapshot = Write(state.Capture());
                if (restores)
                {
                    state = new ReplicatedState<int>(new ListStateMachine());
                    state.Restore(new MemoryStream(snapshot));
                }
            }
        }

        return outcomes + Convert.ToHexString(Write(state.Capture()));
    }

    private static byte[] Write(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        return stream.ToArray();
    }

    private static byte[] Payload(in SessionHeader header, string command)
    {
        byte[] payload = new byte[SessionFormat.HeaderBytes + command.Length];
        SessionFormat.Write(payload, in header);
        Encoding.UTF8.GetBytes(command, payload.AsSpan(SessionFormat.HeaderBytes));
        return payload;
    }

    private long Open(long timeout = 1000, long time = 0, int maxSessions = 100)
    {
        Assert.Null(Apply(new SessionHeader(time, SessionOperation.Open, TimeoutMilliseconds: timeout, MaxSessions: maxSessions), "", out Applied<int> applied));
        Assert.Equal(_index, applied.Index);
        return applied.Index;
    }

    private Applied<int> Command(long session, long sequence, string command, long firstUnsettled = 1, long time = 0)
    {
        Assert.Null(Apply(new SessionHeader(time, SessionOperation.Command, session, sequence, firstUnsettled), command, out Applied<int> applied));
        return applied;
    }

    private SessionRefusal? Apply(in SessionHeader header, string command, out Applied<int> applied) => Apply(_state, in header, command, out applied);

    private SessionRefusal? Apply(ReplicatedState<int> state, in SessionHeader header, string command, out Applied<int> applied) =>
        state.ApplySession(new LogEntry(++_index, 5, EntryKind.Session, Payload(in header, command)), out applied);

    private sealed class NoResultFormat : ISnapshotStateMachine<int>
    {
        public int Apply(in LogEntry entry) => 0;

        public Action<Stream> CaptureSnapshot() => static _ => { };

        public void RestoreSnapshot(Stream stream)
        {
        }
    }
}
