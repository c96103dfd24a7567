using System;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Diagnostics;
using RaftEngine.Host;
using RaftEngine.Tests.Support;
using RaftEngine.Tests.Transport;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Host;

public class HostLoggerTests
{
    private static readonly EventId One = new(1, "One");

    private readonly ListLogger _lines = new();

    public static TheoryData<string> Lines() =>
        [.. new[] { typeof(NodeMessages), typeof(RecoveryMessages), typeof(TransportLog) }.SelectMany(LinesOf).Select(static line => $"{line.DeclaringType!.Name}.{line.Name}")];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_whose_logger_throws_ends_there(string name)
    {
        Type type = typeof(HostLogger).Assembly.GetTypes().Single(type => type.Name == name.Split('.')[0]);
        MethodInfo line = LinesOf(type).Single(line => line.Name == name.Split('.')[1]);
        foreach (LoggerFault fault in Enum.GetValues<LoggerFault>())
        {
            FaultyLogger logger = new(fault);
            object?[] arguments = [HostLogger.Of(logger), .. line.GetParameters().Skip(1).Select(static parameter => DefaultOf(parameter.ParameterType))];
            line.Invoke(null, arguments);
            Assert.True(logger.Thrown > 0 || fault == LoggerFault.BeginScope);
        }
    }

    [Fact]
    public void A_scope_that_throws_is_none() => Assert.Null(HostLogger.Of(new FaultyLogger(LoggerFault.BeginScope)).BeginScope("scope"));

    [Fact]
    public async Task A_flood_is_cut_and_counted()
    {
        HostLogger logger = HostLogger.Of(_lines);
        IPEndPoint stranger = new(IPAddress.Loopback, 1000);
        for (int i = 0; i < 1000; i++)
        {
            TransportLog.IncomingRefused(logger, stranger, "no");
        }

        // A second may have passed meanwhile, and then two.
        int passed = _lines.Lines(3008).Count;
        Assert.InRange(passed, LineLimiter.Burst, LineLimiter.Burst + 20);
        await Eventually.True(() => _lines.Lines(1099).Count > 0, "it is told what was left out");
        Assert.Contains("IncomingRefused (event 3008) about 127.0.0.1", _lines.Lines(1099)[0], StringComparison.Ordinal);
        await Eventually.True(
            () => _lines.Lines(1099).Sum(static line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)) == 1000 - passed, "all is counted");
    }

    [Fact]
    public void One_kind_and_one_peer_do_not_take_the_lines_of_another()
    {
        HostLogger logger = HostLogger.Of(_lines);
        for (int i = 0; i < 100; i++)
        {
            TransportLog.ConnectionLost(logger, 2, "gone");
            TransportLog.IncomingDropped(logger, 2, "bad");
        }

        TransportLog.ConnectionLost(logger, 3, "gone");
        Assert.InRange(_lines.Lines(3003).Count, LineLimiter.Burst + 1, 50);
        Assert.Equal("The connection to node 3 is lost: gone", _lines.Lines(3003)[^1]);
        Assert.InRange(_lines.Lines(3009).Count, LineLimiter.Burst, 50);
    }

    [Fact]
    public void What_is_critical_always_passes()
    {
        HostLogger logger = HostLogger.Of(_lines);
        InvalidOperationException failure = new();
        for (int i = 0; i < 100; i++)
        {
            NodeMessages.Failed(logger, 1, "why", failure);
        }

        Assert.Equal(100, _lines.Lines(1003).Count);
    }

    [Fact]
    public void More_peers_than_are_told_apart_share_the_lines_of_a_kind()
    {
        HostLogger logger = HostLogger.Of(_lines);
        for (ulong peer = 1; peer <= 5000; peer++)
        {
            TransportLog.ConnectionLost(logger, peer, "gone");
        }

        Assert.InRange(_lines.Lines(3003).Count, 512, 600);
    }

    [Fact]
    public void A_logger_is_put_behind_one_host_logger()
    {
        HostLogger logger = HostLogger.Of(_lines);
        Assert.Same(logger, HostLogger.Of(logger));
        Assert.Same(HostLogger.None, HostLogger.Of(null));
        logger.Log(LogLevel.Information, One, "text", null, static (text, _) => text);
        Assert.Single(_lines.Lines(1));
    }

    private static MethodInfo[] LinesOf(Type type) =>
        [.. type.GetMethods(BindingFlags.Static | BindingFlags.Public).Where(static method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null)];

    private static object? DefaultOf(Type type) => type == typeof(string) ? "" : type.IsValueType ? Activator.CreateInstance(type) : null;
}
