using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Storage;

/// <summary>What one thread asks the kernel for while it takes some steps, as strace sees it.</summary>
internal static partial class SystemCallTrace
{
    private const string Calls = "fdatasync,fsync,ftruncate,?unlink,unlinkat,?stat,?newfstatat";
    private const int SetPtracer = 0x59616d61; // PR_SET_PTRACER
    private const int Terminate = 15; // SIGTERM

    /// <summary>Takes the steps on a thread of their own.</summary>
    /// <returns>For each step its calls, in order: the call's name, and the name of the file.</returns>
    public static async Task<Dictionary<string, string[]>> OfAsync(params (string Name, Action Take)[] steps)
    {
        string output = Path.GetTempFileName();
        try
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                try
                {
                    TakeTraced(steps, output);
                    done.SetResult();
                }
#pragma warning disable CA1031 // Thrown to the test.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    done.SetException(e);
                }
            }).Start();
            await done.Task;
            return Parse(await File.ReadAllLinesAsync(output), steps);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static void TakeTraced((string Name, Action Take)[] steps, string output)
    {
        _ = Control(SetPtracer, -1); // strace is no ancestor of this process
        string thread = $"{ThreadId()}";
        using Process strace = Process.Start(new ProcessStartInfo("strace", ["-y", "-s", "200", "-e", $"trace={Calls}", "-o", output, "-p", thread])
        {
            RedirectStandardError = true,
        })!;
        string? line = strace.StandardError.ReadLine();
        if (line?.Contains("attached", StringComparison.Ordinal) != true)
        {
            throw new InvalidOperationException($"strace says: {line}");
        }

        foreach ((string name, Action take) in steps)
        {
            Directory.Exists(MarkerOf(name));
            take();
        }

        Directory.Exists(MarkerOf("end"));
        _ = Signal(strace.Id, Terminate); // it lets the thread go, and writes what it has
        strace.WaitForExit();
    }

    private static string MarkerOf(string step) => $"/step-{step.Replace(' ', '-')}";

    private static Dictionary<string, string[]> Parse(string[] lines, (string Name, Action Take)[] steps)
    {
        Dictionary<string, string[]> calls = [];
        int at = Find(lines, 0, MarkerOf(steps[0].Name));
        for (int i = 0; i < steps.Length; i++)
        {
            string next = MarkerOf(i + 1 < steps.Length ? steps[i + 1].Name : "end");
            int end = Find(lines, at, next);
            calls[steps[i].Name] = [.. lines[at..end].Select(static line => CallPattern().Match(line)).Where(static match => match.Success)
                .Select(static match => $"{match.Groups[1].Value.Replace("unlinkat", "unlink", StringComparison.Ordinal)} {Path.GetFileName(match.Groups[2].Value)}")];
            at = end;
        }

        return calls;
    }

    private static int Find(string[] lines, int from, string marker)
    {
        int found = Array.FindIndex(lines, from, line => line.Contains(marker, StringComparison.Ordinal));
        return found >= 0 ? found : throw new InvalidOperationException($"strace has no {marker} in: {string.Join(Environment.NewLine, lines)}");
    }

    [GeneratedRegex("""^(fdatasync|fsync|ftruncate|unlink|unlinkat)\(.*?[<"](/[^>"]*?)( \(deleted\))?[>"]""")]
    private static partial Regex CallPattern();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int ThreadId();

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nint argument);
}
