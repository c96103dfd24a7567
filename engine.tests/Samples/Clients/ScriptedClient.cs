using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>A client that is a script in a process of its own: see <c>clients.mjs</c> and <c>clients.py</c>.</summary>
internal sealed class ScriptedClient : IClientUnderTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    public ScriptedClient(string program, string script, string kind, IEnumerable<int> ports)
    {
        ProcessStartInfo start = new(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(kind);
        foreach (int port in ports)
        {
            start.ArgumentList.Add($"{port}");
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public async Task WorkAsync()
    {
        string line = await ReadLineAsync();
        if (line != "ready")
        {
            throw new InvalidOperationException($"The client said '{line}'.");
        }
    }

    public async Task<ClientReport> OutliveAsync()
    {
        await _process.StandardInput.WriteLineAsync("killed");
        await _process.StandardInput.FlushAsync();
        using JsonDocument report = JsonDocument.Parse(await ReadLineAsync());
        List<string> errors = [];
        foreach (JsonElement error in report.RootElement.GetProperty("errors").EnumerateArray())
        {
            errors.Add(error.GetString()!);
        }

        return new ClientReport(report.RootElement.GetProperty("seconds").GetDouble(), errors);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> ReadLineAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        if (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            return line;
        }

        await _process.WaitForExitAsync(patience.Token);
        lock (_errors)
        {
            throw new IOException($"The client has ended: {_errors}");
        }
    }
}
