using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.CatchUp;

/// <summary>
/// <c>catch-up-node</c>: the node that comes back, in a process of its own, for <c>catch-up</c> alone. It has a processor for itself if there are several, and gives way to
/// all others. The two speak in lines:
/// <code>
///   it says "ready"           it has been started, and waits
///   "start"                   the node is opened; then it says "running"
///   "reach INDEX"             once it has applied that, it says "reached SNAPSHOT", the index of its newest snapshot
///   the end of the input      the node is stopped, in order, and the process ends
/// </code>
/// </summary>
internal static class AwayNodeCommand
{
    public const string Name = "catch-up-node";
    public const string Ready = "ready";
    public const string Start = "start";
    public const string Running = "running";
    public const string Reach = "reach";
    public const string Reached = "reached";

    private static readonly Option<ulong> Id = new("--id") { Required = true };
    private static readonly Option<Guid> Cluster = new("--cluster") { Required = true };
    private static readonly Option<string> Files = new("--files") { Required = true };
    private static readonly Option<long> State = new("--state") { Required = true };
    private static readonly Option<int[]> Ports = new("--ports") { Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int?> Processor = new("--processor");

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new(Name, "Runs the node that comes back.") { Id, Cluster, Files, State, Ports, Processor };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            Processors.UseOnly(parsed.GetValue(Processor));
            MeasuredNode node = new(
                parsed.GetRequiredValue(Id),
                parsed.GetRequiredValue(Cluster),
                parsed.GetRequiredValue(Files),
                parsed.GetRequiredValue(State),
                parsed.GetRequiredValue(Ports));
            await RunAsync(node, Console.In, parsed.InvocationConfiguration.Output).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    /// <summary>The command's arguments.</summary>
    /// <param name="node">The node that it is to run.</param>
    /// <param name="processor">The processor that it has for itself, if any.</param>
    public static string[] ArgumentsFor(MeasuredNode node, int? processor) =>
    [
        Id.Name,
        node.Id.ToString(CultureInfo.InvariantCulture),
        Cluster.Name,
        node.ClusterId.ToString(),
        Files.Name,
        node.Path,
        State.Name,
        node.StateBytes.ToString(CultureInfo.InvariantCulture),
        Ports.Name,
        .. Array.ConvertAll([.. node.Ports], static (int port) => port.ToString(CultureInfo.InvariantCulture)),
        .. processor is { } number ? (string[])[Processor.Name, number.ToString(CultureInfo.InvariantCulture)] : [],
    ];

    private static async Task RunAsync(MeasuredNode node, TextReader input, TextWriter output)
    {
        await SayAsync(output, Ready).ConfigureAwait(false);
        if (await input.ReadLineAsync().ConfigureAwait(false) != Start)
        {
            return;
        }

        RaftNode<long> running = await node.StartAsync(node.CreateTransport()).ConfigureAwait(false);
        await using (running.ConfigureAwait(false))
        {
            await SayAsync(output, Running).ConfigureAwait(false);
            while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                long index = line.StartsWith(Reach, StringComparison.Ordinal)
                    ? long.Parse(line.AsSpan(Reach.Length), CultureInfo.InvariantCulture)
                    : throw new InvalidOperationException($"'{line}' is not for a node that runs.");
                await MeasuredCluster.UntilAsync(() => Task.FromResult(running.Status.AppliedIndex >= index), $"the third node has applied {index}")
                    .ConfigureAwait(false);
                await SayAsync(output, string.Create(CultureInfo.InvariantCulture, $"{Reached} {running.Status.SnapshotIndex}")).ConfigureAwait(false);
            }
        }
    }

    private static async Task SayAsync(TextWriter output, string line)
    {
        await output.WriteLineAsync(line).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }
}
