using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Processes;

/// <summary>A <c>kv serve</c> in a process of its own, which does not outlive this.</summary>
internal sealed partial class ReplicaProcess : IAsyncDisposable
{
    private const int TerminationSignal = 15;

    /// <summary>SIGSTOP, which is not the same number everywhere.</summary>
    private static readonly int PauseSignal = OperatingSystem.IsLinux() ? 19 : 17;

    /// <summary>What it may say before the rest is dropped, in characters.</summary>
    private const int MostSaid = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource _serves = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _heard; // ends with both streams

    private ReplicaProcess(Process process)
    {
        _process = process;
        _heard = Task.WhenAll(Listen(process.StandardOutput), Listen(process.StandardError));
    }

    /// <summary>What it has written to standard output and standard error so far.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="assembly">The kv.dll to run; null for this release's.</param>
    /// <param name="arguments">What <c>serve</c> is given.</param>
    public static ReplicaProcess Start(string? assembly, params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", assembly ?? Path.Combine(AppContext.BaseDirectory, "kv.dll"), "serve", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return new ReplicaProcess(Process.Start(start)!);
    }

    /// <summary>Waits until it says that it serves clients.</summary>
    public async Task ServesAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        Task ended = _process.WaitForExitAsync(patience.Token);
        if (await Task.WhenAny(_serves.Task, ended) == ended)
        {
            throw new InvalidOperationException($"The replica did not start to serve: {Said}");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code; all that it said is then in <see cref="Said"/>.</returns>
    public async Task<int> ExitAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        await _process.WaitForExitAsync(patience.Token);
        await _heard.WaitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing is flushed, no peer is told.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM: a request to stop.</summary>
    public void Terminate() => Signal(TerminationSignal);

    /// <summary>SIGSTOP: it is there, and does nothing. What is sent to it waits in the system, and is gone when it is killed.</summary>
    public void Pause() => Signal(PauseSignal);

    public async ValueTask DisposeAsync()
    {
        Kill(); // of a process that has ended it is nothing
        await ExitAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    // Reads of pipes block. They get threads of their own, so that none of the pool waits for them.
    private Task Listen(StreamReader stream)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            while (stream.ReadLine() is { } line)
            {
                Hear(line);
            }

            ended.SetResult();
        })
        { IsBackground = true, Name = "replica output" };
        thread.Start();
        return ended.Task;
    }

    private void Hear(string line)
    {
        lock (_said)
        {
            if (_said.Length < MostSaid)
            {
                _said.AppendLine(line);
            }
        }

        if (line.Contains("serves clients on", StringComparison.Ordinal))
        {
            _serves.TrySetResult();
        }
    }
}
