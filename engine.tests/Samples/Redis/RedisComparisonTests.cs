using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace RaftEngine.Tests.Samples.Redis;

/// <summary>What the sample answers beside what redis 7 answers. <c>docs/kv.md</c> lists the differences, with their
/// reasons.</summary>
public sealed partial class RedisComparisonTests
{
    /// <summary>The lines whose replies differ on purpose, and the words by which they do.</summary>
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal)
    {
        [@"> GET / HTTP/1.1\r\nHost: x\r\n\r\nSET hacked yes\r\n"] = "-ERR wrong number of arguments for 'get' command\r\n",
    };

    [NeedsProgramFact("redis-server")]
    public async Task Replies_are_those_of_redis_byte_by_byte()
    {
        await using RedisServerProcess redis = await RedisServerProcess.StartAsync();
        List<string> wrong = [];
        HashSet<string> different = [];
        foreach (CommandLine line in CommandLine.All)
        {
            await redis.AskAsync("FLUSHALL\r\n");
            string expected = Comparable(await redis.AskAsync(line.Bytes));
            string actual = Comparable(await AskSampleAsync(line.Bytes));
            if (expected == actual)
            {
                continue;
            }

            different.Add(line.Line);
            if (!Differences.TryGetValue(line.Line, out string? words) || !actual.Contains(words, StringComparison.Ordinal))
            {
                wrong.Add($"{line.Line}\n   redis: {Show(expected)}\n  sample: {Show(actual)}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {CommandLine.All.Count} lines:\n{string.Join('\n', wrong)}");
        Assert.Empty(Differences.Keys.Except(different)); // those that do not differ any more
    }

    private static async Task<string> AskSampleAsync(string bytes)
    {
        await using ConnectionUnderTest connection = new(new FakeReplica());
        await connection.SendAsync(bytes);
        await connection.EndInputAsync();
        return await connection.ReadToEndAsync();
    }

    /// <summary>The greeting of HELLO names the server's own version and the number of the connection.</summary>
    private static string Comparable(string replies) => Greeting().Replace(replies, "HELLO");

    [GeneratedRegex(@"\$7\r\nversion\r\n\$\d\r\n[\d.]+\r\n\$5\r\nproto\r\n:\d\r\n\$2\r\nid\r\n:\d+")]
    private static partial Regex Greeting();

    private static string Show(string text) => text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
