using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Transport;

/// <summary>Waits for conditions of which nobody sends word.</summary>
internal static class Eventually
{
    public static async Task True(Func<bool> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > RecordingReceiver.Deadline)
            {
                throw new TimeoutException($"Within {RecordingReceiver.Deadline.TotalSeconds} s it did not come to pass that {what}.");
            }

            await Task.Delay(1);
        }
    }
}
