using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Support;

/// <summary>Waits for what must come true without anyone saying when.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task<T> NotNull<T>(Func<T?> probe, string what)
        where T : class
    {
        T? found = null;
        await True(() => (found = probe()) is not null, () => what);
        return found!;
    }

    public static Task True(Func<bool> probe, string what) => True(probe, () => what);

    public static Task True(Func<bool> probe, Func<string> what) => True(() => Task.FromResult(probe()), what);

    public static async Task True(Func<Task<bool>> probe, Func<string> what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await probe())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
            {
                throw new TimeoutException($"Did not come true within {Deadline}: {what()}");
            }

            await Task.Delay(5);
        }
    }
}
