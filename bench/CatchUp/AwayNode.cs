using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.CatchUp;

/// <summary>A node in a process of its own, as the process sees it that has started it: the other end of <see cref="AwayNodeCommand"/>.</summary>
internal sealed class AwayNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3); // longer than the process's own: it says more about what it waited for

    private readonly Process _process;

    private AwayNode(Process process)
    {
        _process = process;
    }

    /// <summary>Starts its process, which then waits.</summary>
    /// <param name="node">The node.</param>
    /// <param name="processor">The processor that it has for itself, if any.</param>
    public static async Task<AwayNode> LaunchAsync(MeasuredNode node, int? processor)
    {
        // Either this program has an executable of its own, or dotnet runs its assembly.
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] arguments = [.. isHost ? (string[])[typeof(AwayNode).Assembly.Location] : [], AwayNodeCommand.Name, .. AwayNodeCommand.ArgumentsFor(node, processor)];
        AwayNode away = new(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
        try
        {
            await away.HearAsync(AwayNodeCommand.Ready).ConfigureAwait(false);
            return away;
        }
        catch
        {
            await away.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the node. When this returns, it runs.</summary>
    public async Task StartAsync()
    {
        await SayAsync(AwayNodeCommand.Start).ConfigureAwait(false);
        await HearAsync(AwayNodeCommand.Running).ConfigureAwait(false);
    }

    /// <summary>Waits until it has applied everything up to an index.</summary>
    /// <returns>The index of its newest snapshot.</returns>
    public async Task<long> ReachAsync(long index)
    {
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"{AwayNodeCommand.Reach} {index}")).ConfigureAwait(false);
        return long.Parse(await HearAsync(AwayNodeCommand.Reached).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    /// <summary>Stops the node, in order, and its process.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience).ConfigureAwait(false);
        }
        finally
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }

    private async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
    }

    // What follows the word that is expected. What goes wrong there is said on standard error, which is this process's, too.
    private async Task<string> HearAsync(string word)
    {
        string? line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience).ConfigureAwait(false);
        return line is not null && line.StartsWith(word, StringComparison.Ordinal)
            ? line[word.Length..].Trim()
            : throw new InvalidOperationException($"The third node's process said '{line ?? "nothing more"}' instead of '{word}'.");
    }
}
