using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Threading;

namespace RaftEngine.Tests.Host;

/// <summary>A state machine that notes in which context each of its members is called.</summary>
internal sealed class ContextProbe : ISnapshotStateMachine<int>
{
    private int _applied;

    /// <summary>What the host has flowing.</summary>
    public static AsyncLocal<string?> Ambient { get; } = new();

    /// <summary>Closed: it applies nothing.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Where it throws: "apply", "capture", "write" or "restore".</summary>
    public string? ThrowsIn { get; set; }

    /// <summary>What was seen: the call, and the context.</summary>
    public ConcurrentQueue<(string Call, string Context)> Seen { get; } = new();

    /// <summary>The context of this thread, as a state machine may see it.</summary>
    public static string Context => string.Join(
        ' ',
        CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator,
        CultureInfo.CurrentUICulture.NumberFormat.NumberDecimalSeparator,
        Ambient.Value ?? "nothing",
        SynchronizationContext.Current?.ToString() ?? "nothing");

    /// <summary>A culture that writes numbers in its own way; the tests' runtime knows no other by name.</summary>
    public static CultureInfo ForeignCulture()
    {
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        return culture;
    }

    public int Apply(in LogEntry entry)
    {
        Gate.Wait();
        Note("apply");
        return ++_applied;
    }

    public Action<Stream> CaptureSnapshot()
    {
        Note("capture");
        int captured = _applied;
        return stream =>
        {
            Note("write");
            stream.Write(BitConverter.GetBytes(captured));
            CultureInfo.CurrentCulture = ForeignCulture(); // its own trouble, and not that of the next call
            Ambient.Value = "left by a snapshot";
        };
    }

    public void RestoreSnapshot(Stream stream)
    {
        Note("restore");
        byte[] bytes = new byte[sizeof(int)];
        stream.ReadExactly(bytes);
        _applied = BitConverter.ToInt32(bytes);
    }

    private void Note(string call)
    {
        Seen.Enqueue((call, Context));
        if (ThrowsIn == call)
        {
            throw new InvalidOperationException("The state machine throws.");
        }
    }
}
