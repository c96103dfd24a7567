using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Samples.Kv.Store;
using Xunit;

namespace RaftEngine.Tests.Samples;

/// <summary>Keys end by the log's time, which the leader decides: never early, and on every replica at the same
/// index.</summary>
public class KvExpiryTests
{
    private const long Term = 3;

    private readonly KvStateMachine _store = new();

    [Fact]
    public void A_key_ends_with_the_stamp_that_says_so_and_not_before()
    {
        Apply(Stamped(1000), KvOperation.Set, "k", "v", "PX", "500");
        Stamp(1499);
        Assert.Equal("v", Get("k"));
        Stamp(1500);
        Assert.Null(Get("k"));
        Assert.Equal(0, _store.CountOf(0).Keys);
    }

    [Fact]
    public void A_key_that_a_follower_sent_waits_for_the_leaders_next_stamp()
    {
        Stamp(1000);
        Apply(default, KvOperation.Set, "k", "v", "PX", "500"); // it is unknown how long ago the leader's clock said 1000
        Assert.True(_store.SummarizeExpiry().IsWaiting);
        Stamp(9000);
        Assert.False(_store.SummarizeExpiry().IsWaiting);
        Stamp(9499);
        Assert.Equal("v", Get("k"));
        Stamp(9500);
        Assert.Null(Get("k"));
    }

    [Fact]
    public void A_moment_that_a_follower_sent_is_read_by_the_leaders_calendar()
    {
        Apply(default, KvOperation.Set, "k", "v", "PXAT", $"{Unix(2000)}");
        Stamp(1000);
        Stamp(1999);
        Assert.Equal("v", Get("k"));
        Stamp(2000);
        Assert.Null(Get("k"));
    }

    [Fact]
    public void A_stamp_of_another_term_says_nothing()
    {
        Apply(Stamped(1000), KvOperation.Set, "k", "v", "PX", "500");
        byte[] command = new byte[100];
        int length = KvCommandWriter.EncodeStamp(command, new KvStamp(Term - 1, 99_000, 99_000)); // a leader of the past, sent on to the one of today
        _store.Apply(command.AsSpan(0, length), Term);
        Assert.Equal("v", Get("k"));
    }

    [Fact]
    public void Time_never_goes_back()
    {
        Stamp(5000);
        Stamp(1000);
        Apply(Stamped(1000), KvOperation.Set, "k", "v", "PX", "500");
        Stamp(5499);
        Assert.Equal("v", Get("k"));
        Stamp(5500);
        Assert.Null(Get("k"));
    }

    [Fact]
    public void What_is_written_on_a_key_that_has_ended_finds_none()
    {
        long now = 0;
        foreach (KvOperation operation in (KvOperation[])[KvOperation.Incr, KvOperation.Append, KvOperation.SetNx, KvOperation.GetSet, KvOperation.Persist])
        {
            now += 1000;
            for (int i = 0; i < 10_001; i++)
            {
                Apply(Stamped(now), KvOperation.Set, $"k{i:d5}", "7", "PX", "1");
            }

            // More than one stamp removes at once: the last key is still there, and found by nothing.
            Stamp(now + 1);
            Assert.Equal(1, _store.CountOf(0).Keys);
            string[] words = operation is KvOperation.Incr or KvOperation.Persist ? ["k10000"] : ["k10000", "1"];
            KvResult result = Apply(default, operation, words);
            Assert.True(result is { Outcome: KvOutcome.Nil } or { Value.Integer: 0 or 1 }, $"{operation}: {result}");
            Assert.Equal(operation == KvOperation.Persist ? null : "1", Get("k10000"));
            Apply(default, KvOperation.FlushAll);
        }
    }

    [Fact]
    public void A_snapshot_keeps_ends_versions_and_keys_that_wait()
    {
        Apply(Stamped(1000), KvOperation.Set, "ends", "v", "PX", "500");
        Apply(default, KvOperation.Set, "waits", "v", "PX", "500");
        Apply(default, KvOperation.Set, "stays", "v");
        using MemoryStream stream = new();
        _store.CaptureSnapshot()(stream);
        stream.Position = 0;
        KvStateMachine restored = new();
        restored.RestoreSnapshot(stream);
        Assert.Equal(stream.Length, stream.Position);
        Assert.Equal(_store.SummarizeExpiry(), restored.SummarizeExpiry());
        foreach (string key in (string[])["ends", "waits", "stays"])
        {
            Assert.Equal(_store.VersionOf(0, Bytes(key)), restored.VersionOf(0, Bytes(key)));
        }

        byte[] command = new byte[100];
        foreach ((long elapsed, int left) in ((long, int)[])[(1499, 3), (1500, 2), (1998, 2), (1999, 1)])
        {
            int length = KvCommandWriter.EncodeStamp(command, Stamped(elapsed));
            restored.Apply(command.AsSpan(0, length), Term);
            _store.Apply(command.AsSpan(0, length), Term);
            Assert.Equal((left, _store.CountOf(0)), (restored.CountOf(0).Keys, restored.CountOf(0)));
        }
    }

    [Fact]
    public void A_snapshot_of_version_1_is_read()
    {
        using MemoryStream stream = new();
        using (BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(2);
            writer.Write(1);
            writer.Write("a"u8);
            writer.Write(true);
            writer.Write(41L);
            writer.Write(1);
            writer.Write("b"u8);
            writer.Write(false);
            writer.Write(5);
            writer.Write("bytes"u8);
        }

        stream.Position = 0;
        _store.RestoreSnapshot(stream);
        Assert.Equal(("41", "bytes", 2), (Get("a"), Get("b"), _store.CountOf(0).Keys));
    }

    /// <summary>Leaders that change, calendars that jump by 10 s, followers that send commands on: no key is missing
    /// before its time to live has passed, all replicas agree at
    /// every index, and no key outlives its time by more than the time without stamps.</summary>
    [Fact]
    public void No_key_expires_early_if_the_leader_or_the_wall_clock_changes()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            RunHistory(new Random(seed), seed);
        }
    }

    private static void RunHistory(Random random, int seed)
    {
        long now = 0;
        JumpingClock[] clocks = [.. Enumerable.Range(0, 3).Select(_ => new JumpingClock(() => now, random.Next(1_000_000)))];
        KvStateMachine[] stores = [.. clocks.Select(static clock => new KvStateMachine(clock))];
        LeaderClock[] leaders = [.. clocks.Select((clock, i) => new LeaderClock(stores[i], clock))];
        List<(byte[] Command, long Term)> log = [];
        int[] applied = new int[3];
        Dictionary<string, long> bornWith = []; // when a key was set, and its time to live on top
        long term = 1;
        int leader = 0;
        for (int step = 0; step < 300; step++)
        {
            now += random.Next(50);
            if (random.Next(20) == 0)
            {
                (term, leader) = (term + 1, random.Next(3));
                while (applied[leader] < log.Count)
                {
                    ApplyNext(leader);
                }
            }

            clocks[random.Next(3)].Error += random.Next(30) == 0 ? 10_000 * (random.Next(2) == 0 ? 1 : -1) : 0;
            int proposer = random.Next(3);
            KvStamp stamp = proposer == leader ? leaders[leader].Now(term) : default;
            if (random.Next(3) == 0)
            {
                string key = $"k{step}";
                int ttl = random.Next(1, 400);
                bornWith[key] = now + ttl;
                log.Add((Encode(stamp, KvOperation.Set, key, "v", "PX", $"{ttl}"), term));
            }
            else
            {
                byte[] command = new byte[100];
                log.Add((command[..KvCommandWriter.EncodeStamp(command, leaders[leader].Now(term))], term));
            }

            ApplyNext(leader);
            int other = random.Next(3);
            if (applied[other] < log.Count)
            {
                ApplyNext(other);
            }
        }

        for (int i = 0; i < 3; i++)
        {
            while (applied[i] < log.Count)
            {
                ApplyNext(i);
            }
        }

        Assert.Single(stores.Select(static store => (store.CountOf(0), store.SummarizeExpiry())).Distinct());

        void ApplyNext(int replica)
        {
            (byte[] command, long appended) = log[applied[replica]++];
            stores[replica].Apply(command, appended);
            foreach ((string key, long end) in bornWith.Where(pair => pair.Value > now && int.Parse(pair.Key.AsSpan(1), provider: null) < applied[replica]))
            {
                Assert.True(stores[replica].VersionOf(0, Bytes(key)) != 0, $"seed {seed}: {key} is gone at {now}, {end - now} ms early");
            }
        }
    }

    private static long Unix(long elapsed) => 1_700_000_000_000 + elapsed;

    private static KvStamp Stamped(long elapsed) => new(Term, elapsed, Unix(elapsed));

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Encode(KvStamp stamp, KvOperation operation, params string[] words)
    {
        byte[] command = new byte[256];
        KvCommandWriter writer = new(command, KvCommandKind.Call, stamp.Term == 0 ? KvCommandFlags.None : KvCommandFlags.Stamped);
        if (stamp.Term != 0)
        {
            writer.WriteStamp(in stamp);
        }

        writer.WriteByte(0);
        writer.WriteByte((byte)operation);
        writer.WriteVarint((ulong)words.Length);
        foreach (string word in words)
        {
            writer.WriteBytes(Bytes(word));
        }

        return command[..writer.Length];
    }

    private KvResult Apply(KvStamp stamp, KvOperation operation, params string[] words) => _store.Apply(Encode(stamp, operation, words), Term);

    private void Stamp(long elapsed)
    {
        byte[] command = new byte[100];
        _store.Apply(command.AsSpan(0, KvCommandWriter.EncodeStamp(command, Stamped(elapsed))), Term);
    }

    private string? Get(string key)
    {
        using KvStateMachine.Reader reader = _store.OpenRead();
        return reader.TryGet(Bytes(key), out KvValue value) ? Encoding.Latin1.GetString(value.AsSpan(stackalloc byte[KvValue.MaxIntegerBytes])) : null;
    }
}
