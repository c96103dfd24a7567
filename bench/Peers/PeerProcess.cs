using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Peers;

/// <summary>A server in a process of its own, which does not outlive this one.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private const int KeptLines = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Queue<string> _lastWords = new();

    private PeerProcess(Process process)
    {
        _process = process;
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static PeerProcess Start(string program, params string[] arguments)
    {
        PeerProcess started = new(new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true },
        });
        started._process.OutputDataReceived += started.Hear;
        started._process.ErrorDataReceived += started.Hear;
        started._process.Start();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += started.Kill;
        return started;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with an error, or complained.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> complaints = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        string complaint = await complaints.ConfigureAwait(false);
        return process.ExitCode == 0 && !complaint.Contains("rror", StringComparison.Ordinal)
            ? output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {complaint}");
    }

    /// <summary>Waits until a server is ready.</summary>
    /// <param name="isReady">Whether it is; exceptions mean no.</param>
    /// <param name="processes">What must be running meanwhile.</param>
    /// <param name="what">What is waited for.</param>
    /// <exception cref="InvalidOperationException">A process has ended, or the time is over.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isReady, IReadOnlyList<PeerProcess> processes, string what)
    {
        long start = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(start) < Patience)
        {
            try
            {
                if (await isReady().ConfigureAwait(false))
                {
                    return;
                }
            }
#pragma warning disable CA1031 // It may not listen yet, or know no leader yet; what it is is said if it stays so.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                last = exception;
            }

            foreach (PeerProcess process in processes)
            {
                if (process._process.HasExited)
                {
                    throw new InvalidOperationException($"A process has ended while it was waited for {what}: {process.LastWords}");
                }
            }

            await Task.Delay(50).ConfigureAwait(false);
        }

        throw new InvalidOperationException($"Did not come about within {Patience}: {what}. {last?.Message} {(processes.Count == 0 ? "" : processes[0].LastWords)}", last);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= Kill;
        Kill(this, EventArgs.Empty);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    private string LastWords
    {
        get
        {
            lock (_lastWords)
            {
                return string.Join('\n', _lastWords);
            }
        }
    }

    private void Kill(object? sender, EventArgs e)
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
        {
            lock (_lastWords)
            {
                _lastWords.Enqueue(text);
                if (_lastWords.Count > KeptLines)
                {
                    _lastWords.Dequeue();
                }
            }
        }
    }
}
