using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace RaftEngine.Bench.CatchUp;

/// <summary>Looks again and again at how much memory the process holds: what is left of the managed heap after a full collection, which takes its time, so that nothing else is
/// measured meanwhile; and the anonymous memory, native buffers included, that the operating system says is in use (Linux).</summary>
internal sealed class MemoryWatch : IDisposable
{
    private const int PauseMilliseconds = 50;

    private readonly Thread _thread;
    private volatile bool _stopping;

    public MemoryWatch()
    {
        _thread = new Thread(Run) { Name = "memory watch", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The most bytes of the managed heap that were held at once. After <see cref="Dispose"/>.</summary>
    public long MostHeapBytes { get; private set; }

    /// <summary>The most bytes of anonymous memory; 0 where it cannot be told. After <see cref="Dispose"/>.</summary>
    public long MostAnonymousBytes { get; private set; }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Run()
    {
        do
        {
            MostAnonymousBytes = Math.Max(MostAnonymousBytes, AnonymousBytes());
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            MostHeapBytes = Math.Max(MostHeapBytes, GC.GetTotalMemory(forceFullCollection: false));
            Thread.Sleep(PauseMilliseconds);
        }
        while (!_stopping);
    }

    private static long AnonymousBytes()
    {
        const string Status = "/proc/self/status";
        string? line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
