using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Peers;

/// <summary><c>redis-benchmark</c>, the same options for whatever server it drives: SET of random keys, no pipelining.</summary>
internal static class RedisBenchmark
{
    /// <summary>Where it comes from.</summary>
    public const string Package = "Debian: redis-server, redis-tools";

    /// <summary>Its name.</summary>
    public const string Program = "redis-benchmark";

    /// <summary>What it does.</summary>
    public const string Description = "redis-benchmark -t set -r 100000, without pipelining";

    private const int WarmUpRequestsOfClient = 20;
    private const int LeastRequests = 500;

    /// <summary>Measures: a short run that says how many requests the time takes, then the run.</summary>
    public static async Task<PeerFigures> MeasureAsync(int port, int payload, int clients, TimeSpan time)
    {
        PeerFigures first = await RunAsync(port, payload, clients, Math.Max(LeastRequests, clients * WarmUpRequestsOfClient)).ConfigureAwait(false);
        PeerFigures warm = await RunAsync(port, payload, clients, RequestsFor(first, time / 5)).ConfigureAwait(false);
        return await RunAsync(port, payload, clients, RequestsFor(warm, time)).ConfigureAwait(false);
    }

    /// <summary>Reads its table: a line of names, then one of values, in quotation marks and separated by commas; times in milliseconds.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static PeerFigures Parse(string csv)
    {
        string[][] lines = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(static line => line.Split(',').Select(static cell => cell.Trim('"')).ToArray())];
        string[]? names = lines.FirstOrDefault(static line => line.Contains("rps"));
        string[]? values = lines.FirstOrDefault(static line => line[0] == "SET");
        if (names is null || values is null || names.Length != values.Length)
        {
            throw new InvalidDataException($"This is no table of {Program}: {csv}");
        }

        return new PeerFigures(ValueOf("rps"), 1000 * ValueOf("p50_latency_ms"), 1000 * ValueOf("p99_latency_ms"), 1000 * ValueOf("max_latency_ms"));

        double ValueOf(string name)
        {
            int at = Array.IndexOf(names, name);
            return at >= 0 && double.TryParse(values[at], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw new InvalidDataException($"There is no {name} in this table of {Program}: {csv}");
        }
    }

    private static int RequestsFor(PeerFigures figures, TimeSpan time) => (int)Math.Clamp(figures.OpsPerSecond * time.TotalSeconds, LeastRequests, int.MaxValue);

    private static async Task<PeerFigures> RunAsync(int port, int payload, int clients, int requests) => Parse(await PeerProcess.RunAsync(
        Executable.Find(Program)!,
        "-h", "127.0.0.1",
        "-p", Text(port),
        "-c", Text(clients),
        "-n", Text(requests),
        "-d", Text(payload),
        "-r", "100000",
        "-t", "set",
        "--csv").ConfigureAwait(false));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
