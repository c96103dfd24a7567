using System;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Samples.Kv.Server;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class KvConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("PING", "+PONG\r\n")]
    [InlineData("ping hello", "$5\r\nhello\r\n")]
    [InlineData("PING a b", "-ERR wrong number of arguments for 'ping' command\r\n")]
    [InlineData("ECHO hello", "$5\r\nhello\r\n")]
    [InlineData("ECHO", "-ERR wrong number of arguments for 'echo' command\r\n")]
    [InlineData("SELECT 0", "+OK\r\n")]
    [InlineData("SAVE twice", "-ERR wrong number of arguments for 'save' command\r\n")]
    [InlineData("SELECT 15", "+OK\r\n")]
    [InlineData("SELECT 16", "-ERR DB index is out of range\r\n")]
    [InlineData("SELECT x", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n")]
    [InlineData("CONFIG GET appendonl?", "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n")]
    [InlineData("CONFIG GET other", "*0\r\n")]
    [InlineData("COMMAND DOCS", "*0\r\n")]
    [InlineData("COMMAND INFO get nothing", "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0\r\n*-1\r\n")]
    [InlineData("CLIENT SETINFO lib-name x", "+OK\r\n")]
    [InlineData("CLIENT ID", ":42\r\n")]
    [InlineData("CLIENT KILL x", "-ERR unknown subcommand 'KILL'. Try CLIENT HELP.\r\n")]
    [InlineData("FLUSHALL", "+OK\r\n")]
    [InlineData("averylongcommandname a 'b c'", "-ERR unknown command 'averylongcommandname', with args beginning with: 'a' 'b c' \r\n")]
    [InlineData("\"\\x00get\" k", "-ERR unknown command '', with args beginning with: 'k' \r\n")]
    [InlineData("LPUSH l x", "-ERR unsupported command 'lpush': this store holds strings only, and has no lists, hashes, sets, streams, scripts or channels\r\n")]
    [InlineData("HELLO 4", "-NOPROTO unsupported protocol version\r\n")]
    [InlineData("HELLO 3 AUTH a b", "-WRONGPASS invalid username-password pair or user is disabled.\r\n")]
    [InlineData("CLUSTER KEYSLOT {user1000}.following", ":3443\r\n")]
    [InlineData("CLUSTER KEYSLOT foo{}{bar}", ":8363\r\n")]
    [InlineData("CLUSTER KEYSLOT 123456789", ":12739\r\n")]
    [InlineData("CLUSTER MYID", "$40\r\n0000000000000000000000000000000000000001\r\n")]
    [InlineData("GET nothing", "$-1\r\n")]
    [InlineData("SET k v NX XX", "-ERR syntax error\r\n")]
    [InlineData("SET k v IFEQ", "-ERR syntax error\r\n")]
    [InlineData("SET k v EX 10", "+OK\r\n")]
    [InlineData("SET k v EX 10 PX 10", "-ERR syntax error\r\n")]
    [InlineData("MSET a 1 b", "-ERR wrong number of arguments for 'mset' command\r\n")]
    [InlineData("INCRBY k x", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("INCR k k", "-ERR wrong number of arguments for 'incr' command\r\n")]
    public async Task A_request_has_its_reply(string request, string reply)
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        Assert.Equal(reply, await connection.AskAsync(request + "\r\n", reply.Length));
    }

    [Fact]
    public async Task A_session_writes_and_reads()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        (string Request, string Reply)[] dialogue =
        [
            ("SET k 1", "+OK\r\n"), ("GET k", "$1\r\n1\r\n"), ("SET k 2 NX", "$-1\r\n"), ("SET k 2 xx get", "$1\r\n1\r\n"), ("SET k 3 IFEQ 2", "+OK\r\n"),
            ("INCR k", ":4\r\n"), ("INCRBY k -10", ":-6\r\n"), ("DECR k", ":-7\r\n"), ("APPEND k x", ":3\r\n"), ("STRLEN k", ":3\r\n"),
            ("INCR k", "-ERR value is not an integer or out of range\r\n"), ("STRLEN nothing", ":0\r\n"), ("MSET a 1 b 2", "+OK\r\n"),
            ("MGET a nothing b", "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n"), ("EXISTS a a b nothing", ":3\r\n"), ("DBSIZE", ":3\r\n"), ("DEL a b c", ":2\r\n"),
            ("CLIENT GETNAME", "$-1\r\n"), ("CLIENT SETNAME me", "+OK\r\n"), ("CLIENT GETNAME", "$2\r\nme\r\n"),
            ("SET max 9223372036854775807", "+OK\r\n"), ("INCR max", "-ERR increment or decrement would overflow\r\n"),
        ];
        foreach ((string request, string reply) in dialogue)
        {
            Assert.Equal(reply, await connection.AskAsync(request + "\r\n", reply.Length));
        }
    }

    [Fact]
    public async Task Hello_3_changes_null_and_map()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        const string Hello = "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:42\r\n"
            + "$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n";
        Assert.Equal(Hello, await connection.AskAsync("HELLO 3\r\n", Hello.Length));
        Assert.Equal("_\r\n", await connection.AskAsync("GET nothing\r\n", 3));
        Assert.Equal("%0\r\n", await connection.AskAsync("CONFIG GET other\r\n", 4));
    }

    [Fact]
    public async Task Info_raft_shows_the_state_of_the_log()
    {
        FakeReplica replica = new()
        {
            Status = new RaftStatus
            {
                NodeId = 2,
                Role = RaftRole.Follower,
                Term = 9,
                LeaderId = 3,
                CommitIndex = 10,
                AppliedIndex = 9,
                LastIndex = 12,
                DurableIndex = 11,
                Fingerprint = 0x1F,
                LogSyncs = 4,
            },
        };
        await using ConnectionUnderTest connection = new(replica);
        await connection.SendAsync("INFO raft\r\nQUIT\r\n");
        string[] lines = (await connection.ReadToEndAsync()).Split("\r\n");
        Assert.Equal("# Raft", lines[1]);
        string[] expected =
        [
            "role:follower", "node_id:2", "term:9", "leader:3", "commit_index:10", "applied_index:9", "last_index:12", "durable_index:11",
            "fingerprint:000000000000001f", "log_syncs:4",
        ];
        foreach (string line in expected)
        {
            Assert.Contains(line, lines);
        }

        Assert.DoesNotContain("# Server", lines);
    }

    [Fact]
    public async Task Writes_are_proposed_without_waiting_and_everything_is_answered_in_order()
    {
        FakeReplica replica = new() { HoldsBack = true };
        await using ConnectionUnderTest connection = new(replica);
        await connection.SendAsync("INCR k\r\nINCR k\r\nINCR k\r\nGET k\r\nGET k\r\nSET k x\r\nNONSENSE\r\nGET k\r\n");
        await Eventually(() => replica.Waiting == 3);
        Assert.Equal(0, replica.Barriers);
        replica.CommitAll();
        await Eventually(() => replica.Waiting == 1);
        Assert.Equal(1, replica.Barriers);
        replica.CommitAll();
        const string Replies = ":1\r\n:2\r\n:3\r\n$1\r\n3\r\n$1\r\n3\r\n+OK\r\n-ERR unknown command 'NONSENSE', with args beginning with: \r\n$1\r\nx\r\n";
        Assert.Equal(Replies, await connection.ReadAsync(Replies.Length));
        Assert.Equal(2, replica.Barriers);
    }

    [Fact]
    public async Task The_writes_in_flight_are_bounded()
    {
        FakeReplica replica = new() { HoldsBack = true };
        await using ConnectionUnderTest connection = new(replica);
        string value = new('x', 100_000);
        string set = string.Create(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${value.Length}\r\n{value}\r\n");
        await connection.SendAsync(string.Concat(Enumerable.Repeat(set, 4)) + "PING\r\n");
        string replies = string.Empty;
        using CancellationTokenSource patience = new(Patience);
        while (!replies.EndsWith("+PONG\r\n", StringComparison.Ordinal))
        {
            Assert.InRange(replica.Waiting, 0, 2);
            replica.CommitAll();
            replies += connection.TakeReady();
            await Task.Delay(1, patience.Token);
        }

        Assert.Equal(string.Concat(Enumerable.Repeat("+OK\r\n", 4)) + "+PONG\r\n", replies);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replica_that_does_not_lead_names_the_leader(bool throwsAtOnce)
    {
        FakeReplica replica = new() { Failure = new NotLeaderException(2), ThrowsAtOnce = throwsAtOnce, Forwards = false };
        await using ConnectionUnderTest connection = new(replica);
        const string Moved = "-MOVED 7629 127.0.0.1:6382\r\n";
        Assert.Equal(Moved, await connection.AskAsync("SET k v\r\n", Moved.Length));
        Assert.Equal("+PONG\r\n", await connection.AskAsync("PING\r\n", 7));
    }

    [Fact]
    public async Task Only_who_knows_the_cluster_is_sent_to_the_leader()
    {
        FakeReplica replica = new() { Status = new RaftStatus { NodeId = 1, LeaderId = 3, Role = RaftRole.Follower, Term = 7 } };
        await using ConnectionUnderTest connection = new(replica);
        Assert.Equal("+OK\r\n", await connection.AskAsync("SET k v\r\n", 5)); // sent on
        Assert.Equal("$1\r\nv\r\n", await connection.AskAsync("GET k\r\n", 7));
        const string Slots = "*1\r\n*5\r\n:0\r\n:16383\r\n*4\r\n$3\r\n::1\r\n:6383\r\n$40\r\n0000000000000000000000000000000000000003\r\n*0\r\n";
        Assert.StartsWith(Slots, await connection.AskAsync("CLUSTER SLOTS\r\n", Slots.Length + 100), StringComparison.Ordinal);
        const string Moved = "-MOVED 7629 ::1:6383\r\n"; // an address of IPv6 as clients read it: the port is behind the last colon
        Assert.Equal(Moved, await connection.AskAsync("SET k v\r\n", Moved.Length));
        Assert.Equal(Moved, await connection.AskAsync("GET k\r\n", Moved.Length));
        Assert.Equal("+OK\r\n", await connection.AskAsync("READONLY\r\n", 5));
        Assert.Equal("$1\r\nv\r\n", await connection.AskAsync("GET k\r\n", 7));
        Assert.Equal(Moved, await connection.AskAsync("SET k v\r\n", Moved.Length));
    }

    [Fact]
    public async Task Slots_can_be_spread_over_all_that_serve()
    {
        KvService service = new(new FakeReplica(), PeerMap.Parse("1=127.0.0.1:6381")) { SpreadsSlots = true };
        await using ConnectionUnderTest connection = new(service);
        const string Line = "0000000000000000000000000000000000000001 127.0.0.1:6381@16381 myself,master - 0 0 7 connected 0-16383\n";
        string reply = string.Create(CultureInfo.InvariantCulture, $"${Line.Length}\r\n{Line}\r\n");
        Assert.Equal(reply, await connection.AskAsync("CLUSTER NODES\r\n", reply.Length));
        ulong[] three = [1, 2, 3];
        Assert.Equal([1UL, 1, 2, 2, 3, 3], ((int[])[0, 5461, 5462, 10_922, 10_923, 16_383]).Select(slot => KvService.OwnerOf(slot, three)));
    }

    [Fact]
    public async Task All_members_are_named_before_there_is_contact_with_them()
    {
        // A client that asked early would otherwise know this replica alone, and have no other once this one follows.
        PeerMap peers = PeerMap.Parse("1=127.0.0.1:6381,3=127.0.0.1:6383");
        FakeReplica replica = new() { Status = new RaftStatus { NodeId = 1, LeaderId = 3, Role = RaftRole.Follower, Term = 7 } };
        await using PeerWatch watch = new(peers, 1); // not started
        await using ConnectionUnderTest connection = new(new KvService(replica, peers) { Watch = watch });
        const string Lines =
            "0000000000000000000000000000000000000001 127.0.0.1:6381@16381 myself,master - 0 0 7 connected 0-16383\n"
            + "0000000000000000000000000000000000000003 127.0.0.1:6383@16383 slave,fail? 0000000000000000000000000000000000000001 0 0 7 disconnected\n";
        string reply = string.Create(CultureInfo.InvariantCulture, $"${Lines.Length}\r\n{Lines}\r\n");
        Assert.Equal(reply, await connection.AskAsync("CLUSTER NODES\r\n", reply.Length));
        const string Slots = "*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$9\r\n127.0.0.1\r\n:6381\r\n$40\r\n0000000000000000000000000000000000000001\r\n*0\r\n";
        Assert.Equal(Slots, await connection.AskAsync("CLUSTER SLOTS\r\n", Slots.Length));
    }

    [Fact]
    public async Task A_replica_that_stops_refuses_commands_so_that_clients_know_that_nothing_was_done()
    {
        KvService service = new(new FakeReplica(), PeerMap.Parse("1=127.0.0.1:6381"));
        await using ConnectionUnderTest connection = new(service);
        Assert.Equal("+OK\r\n", await connection.AskAsync("SET k v\r\n", 5));
        service.IsStopping = true;
        const string Stopping = "-CLUSTERDOWN the replica is stopping\r\n";
        foreach (string request in (string[])["SET k v", "GET k", "MULTI", "WATCH k", "FLUSHALL"])
        {
            Assert.Equal(Stopping, await connection.AskAsync(request + "\r\n", Stopping.Length));
        }

        Assert.Equal("+PONG\r\n", await connection.AskAsync("PING\r\n", 7));
    }

    [Fact]
    public async Task Every_failure_of_the_node_has_its_reply()
    {
        (Exception Failure, string Reply)[] failures =
        [
            (new NotLeaderException(0), "-CLUSTERDOWN no leader\r\n"),
            (new NotLeaderException(1), "-CLUSTERDOWN no leader\r\n"),
            (new NotLeaderException(77), "-CLUSTERDOWN no leader\r\n"),
            (new RaftOverloadedException("ProposalQueueBytes", 5), "-TRYAGAIN The node is overloaded: ProposalQueueBytes = 5 is reached. The command was not appended.\r\n"),
            (new OutcomeUnknownException(12), "-UNKNOWN outcome unknown: The outcome of the command at index 12 is unknown: it may or may not be committed.\r\n"),
            (new ObjectDisposedException("node"), "-CLUSTERDOWN the replica has stopped\r\n"),
            (new InvalidOperationException("two\r\nlines"), "-ERR the replica failed: two  lines\r\n"),
        ];
        foreach ((Exception failure, string reply) in failures)
        {
            await using ConnectionUnderTest connection = new(new FakeReplica { Failure = failure });
            Assert.Equal(reply, await connection.AskAsync("INCR k\r\n", reply.Length));
            Assert.Equal(reply, await connection.AskAsync("GET k\r\n", reply.Length));
        }
    }

    [Fact]
    public async Task Bad_input_is_answered_behind_what_came_before_it_and_ends_the_connection()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        await connection.SendAsync("INCR k\r\n*1\r\n$-5\r\nINCR k\r\n");
        Assert.Equal(":1\r\n-ERR Protocol error: invalid bulk length\r\n", await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task Quit_is_answered_and_ends_the_connection()
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        await connection.SendAsync("INCR k\r\nQUIT\r\nINCR k\r\n");
        Assert.Equal(":1\r\n+OK\r\n", await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task The_longest_request_fits_an_entry_of_the_log()
    {
        FakeReplica replica = new() { HoldsBack = true };
        await using ConnectionUnderTest connection = new(replica);
        string value = new('x', RespLimits.MaxBulkBytes);
        string key = new('k', 900);
        await connection.SendAsync(string.Create(CultureInfo.InvariantCulture, $"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n${value.Length}\r\n{value}\r\n"));
        await Eventually(() => replica.Waiting == 1);
        Assert.InRange(replica.LongestCommand, RespLimits.MaxBulkBytes, ServeOptions.MaxCommandBytes);
        replica.CommitAll();
        Assert.Equal("+OK\r\n", await connection.ReadAsync(5));
    }

    [Fact]
    public async Task Noise_never_breaks_the_connection_handler()
    {
        Random random = new(99);
        string[] parts =
        [
            "*3\r\n", "$3\r\n", "SET\r\n", "GET k\r\n", "MGET a b c\r\n", "HELLO 3\r\n", "INFO\r\n", "\r\n", "*", "$", "-1", "'", " ", "COMMAND\r\n",
            "SET k v GET\r\n", "CLIENT\r\n", "CONFIG GET\r\n", "HELLO 2 SETNAME\r\n",
        ];
        for (int round = 0; round < 500; round++)
        {
            StringBuilder text = new();
            for (int i = random.Next(1, 30); i > 0; i--)
            {
                text.Append(random.Next(8) == 0 ? ((char)random.Next(256)).ToString() : parts[random.Next(parts.Length)]);
            }

            await using ConnectionUnderTest connection = new(new FakeReplica());
            await connection.SendAsync(text + "\r\nQUIT\r\n");
            await connection.EndInputAsync();
            _ = await connection.ReadToEndAsync();
            await connection.Completion;
        }
    }

    [Fact]
    public async Task Any_words_are_answered_and_leave_the_connection_as_it_was()
    {
        string[] names = [.. CommandTable.All.Select(static command => command.Name).Where(static name => name is not ("quit" or "reset"))];
        string[] words =
        [
            .. names, "k", "l", "1", "-1", "x", "nx", "get", "ex", "100", "*", "0", "slots", "shards", "nodes", "info", "myid", "id", "list", "getname", "setname", "count", "docs",
            "encoding", "a", "b", "'a b'", "\"\"",
        ];
        Random random = new(12);
        await using ConnectionUnderTest connection = new(new FakeReplica());
        for (int round = 0; round < 3000; round++)
        {
            string line = string.Join(' ', Enumerable.Range(0, random.Next(5)).Select(_ => words[random.Next(words.Length)]).Prepend(names[random.Next(names.Length)]));
            string replies = await connection.AskAsync(line + "\r\nDISCARD\r\nECHO the-end\r\n", 1);
            while (!replies.EndsWith("$7\r\nthe-end\r\n", StringComparison.Ordinal))
            {
                string more = await connection.ReadAsync(1);
                Assert.True(more.Length > 0, $"The connection ended at \"{line}\" in round {round}: {replies}");
                replies += more;
            }
        }
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!condition())
        {
            await Task.Delay(1, patience.Token);
        }
    }
}
