using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.Hashing;
using System.Threading;

namespace RaftEngine.Fuzz;

/// <summary>
/// Feeds one target for a time, on a thread of its own. An input that makes it throw what is not typed, take too much memory, or not
/// return, is written to a file and told; the run goes on, but for one that hangs.
/// </summary>
internal sealed class FuzzRun(FuzzTarget target, ulong seed, string findings, TextWriter error)
{
    private const int MaxFindings = 16;

    private long _begun; // a Stopwatch's time, 0 between two inputs; written by the run, read by the watch
    private volatile bool _isOver;
    private byte[] _input = [];
    private long _inputs;
    private long _refused;
    private long _mostAllocated;
    private int _crashes;

    /// <summary>How long one input may take.</summary>
    public TimeSpan LongestInput { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs for a time, or for so many inputs if that is less.</summary>
    public TargetResult Run(TimeSpan time, long mostInputs = long.MaxValue)
    {
        long started = Stopwatch.GetTimestamp();
        Thread thread = new(() => Feed(started, time, mostInputs), 16 << 20) { IsBackground = true, Name = $"fuzz {target.Name}" };
        thread.Start();
        int hangs = 0;
        while (!thread.Join(100))
        {
            long begun = Volatile.Read(ref _begun); // pairs with the write in RunOne
            if (begun != 0 && Stopwatch.GetElapsedTime(begun) > LongestInput)
            {
                hangs = 1;
                Tell("hangs", $"for {LongestInput.TotalSeconds} s, so far");
                _isOver = true;
                break;
            }
        }

        return new TargetResult(target.Name, _inputs, Stopwatch.GetElapsedTime(started), _refused, _crashes, hangs, _mostAllocated);
    }

    /// <summary>Runs one input, and throws what it throws.</summary>
    public static void Replay(FuzzTarget target, byte[] input)
    {
        try
        {
            target.Run(input);
        }
        catch (Exception exception) when (target.IsTyped(exception))
        {
            // As it should be.
        }
    }

    private void Feed(long started, TimeSpan time, long mostInputs)
    {
        Mutator mutator = new(seed);
        foreach (byte[] valid in target.Seeds)
        {
            RunOne(valid, mutator);
        }

        while (!_isOver && _inputs < mostInputs && ((_inputs & 15) != 0 || Stopwatch.GetElapsedTime(started) < time))
        {
            RunOne(mutator.Next(target), mutator);
        }
    }

    private void RunOne(byte[] input, Mutator mutator)
    {
        _input = input;
        _inputs++;
        Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
            mutator.Keep(input); // it got through: what is made of it gets far
        }
#pragma warning disable CA1031 // Whatever it is, it is what is looked for.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (target.IsTyped(exception))
            {
                _refused++;
            }
            else
            {
                Crash(exception.ToString());
            }
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Volatile.Write(ref _begun, 0);
        _mostAllocated = Math.Max(_mostAllocated, allocated);
        if (allocated > target.MaxAllocatedBytes)
        {
            Crash($"{allocated:N0} bytes were allocated; {target.MaxAllocatedBytes:N0} are the most.");
        }
    }

    private void Crash(string what)
    {
        _crashes++;
        if (_crashes <= MaxFindings)
        {
            Tell("crashes", what);
        }
    }

    private void Tell(string does, string what)
    {
        byte[] input = _input;
        Directory.CreateDirectory(findings);
        string path = Path.Combine(
            findings, string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{XxHash3.HashToUInt64(input):x16}.bin"));
        File.WriteAllBytes(path, input);
        error.WriteLine($"{target.Name} {does} on {path}: {what}");
    }
}
