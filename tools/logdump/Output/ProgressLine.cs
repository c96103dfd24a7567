using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace RaftEngine.LogDump.Output;

/// <summary>How far a long command has come: one line on a terminal's standard error, drawn over itself, and wiped in the end. Elsewhere nothing.</summary>
internal sealed class ProgressLine : IDisposable
{
    private const int BarWidth = 32;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(80);

    private readonly TextWriter? _error;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly long _total;
    private long _drawn;
    private bool _isShown;

    /// <param name="error">Where it is drawn; null for nowhere.</param>
    /// <param name="totalBytes">How much there is to do.</param>
    public ProgressLine(TextWriter? error, long totalBytes)
    {
        _error = error;
        _total = Math.Max(1, totalBytes);
        _drawn = _began;
    }

    /// <summary>So much is done.</summary>
    public void Report(long doneBytes)
    {
        if (_error is null || Stopwatch.GetElapsedTime(_drawn) < Interval)
        {
            return;
        }

        _drawn = Stopwatch.GetTimestamp();
        _isShown = true;
        double part = Math.Clamp(doneBytes / (double)_total, 0, 1);
        double seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        int full = (int)(part * BarWidth);
        string bar = new string('━', full) + new string('─', BarWidth - full);
        _error.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r{bar} {part,4:0%}  {doneBytes / 1048576.0:0} of {_total / 1048576.0:0} MiB, {doneBytes / 1048576.0 / seconds:0} MiB/s \e[K"));
        _error.Flush();
    }

    public void Dispose()
    {
        if (_isShown)
        {
            _error!.Write("\r\e[K");
            _error.Flush();
        }
    }
}
