using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.LogDump.Output;
using LogDumpProgram = RaftEngine.LogDump.Program;

namespace RaftEngine.Tests.LogDump;

/// <summary>A run of logdump that goes on until it is interrupted: its lines as they come, and when.</summary>
internal sealed class LiveRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _interrupt = new();
    private readonly BlockingCollection<(string Line, long Timestamp)> _lines = [];
    private readonly StringWriter _error = new(CultureInfo.InvariantCulture);
    private readonly Task<int> _run;

    public LiveRun(params string[] arguments)
    {
        TextWriter error = TextWriter.Synchronized(_error);
        Terminal terminal = new(new LineStream(_lines), error) { ColorIsUnwanted = true, Interrupted = _interrupt.Token };
        _run = Task.Factory.StartNew(() => LogDumpProgram.Run(arguments, terminal), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it has said on standard error; once it has ended.</summary>
    public string Error => _error.ToString();

    /// <summary>The next line, and when it came.</summary>
    public (string Line, long Timestamp) Next() =>
        _lines.TryTake(out (string Line, long Timestamp) line, Patience) ? line : throw new TimeoutException($"No line has come. Said: {_error}");

    /// <summary>As Ctrl-C does.</summary>
    /// <returns>What it exits with.</returns>
    public async Task<int> InterruptAsync()
    {
        await _interrupt.CancelAsync();
        return await _run.WaitAsync(Patience);
    }

    public void Dispose()
    {
        _interrupt.Cancel();
        _run.Wait(Patience);
        _interrupt.Dispose();
        _lines.Dispose();
        _error.Dispose();
    }

    private sealed class LineStream(BlockingCollection<(string Line, long Timestamp)> lines) : MemoryStream
    {
        private readonly List<byte> _begun = [];

        public override void Write(byte[] buffer, int offset, int count)
        {
            foreach (byte value in buffer.AsSpan(offset, count))
            {
                if (value != (byte)'\n')
                {
                    _begun.Add(value);
                    continue;
                }

                lines.Add((Encoding.UTF8.GetString(_begun.ToArray()), TimeProvider.System.GetTimestamp()));
                _begun.Clear();
            }
        }
    }
}
