using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Log;
using RaftEngine.Storage;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary><c>kv demo</c>: the whole engine at work, in one process.</summary>
internal static class DemoCommand
{
    private const string Table = "table";
    private const string Json = "json";

    /// <summary>The command for the command line.</summary>
    public static Command Create()
    {
        Option<FileInfo?> input = new("--input") { Description = "The text whose words are counted. Default: the texts that come with the sample, several times over." };
        Option<string?> data = new("--data") { Description = "Where to leave the replicas' directories, named 1, 2 and 3. Default: a temporary directory that is removed." };
        Option<string> format = new("--format") { Description = "How the result is printed on standard output.", DefaultValueFactory = _ => Table };
        format.AcceptOnlyFromAmong(Table, Json);
        input.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } missing)
            {
                result.AddError($"There is no file '{missing}'.");
            }
        });
        Command demo = new("demo", "Three replicas count the words of a text, lose their leader half way, and end up the same.") { input, data, format };
        demo.SetAction((parsed, stop) => RunAsync(parsed.GetValue(input), parsed.GetValue(data), parsed.GetRequiredValue(format), stop));
        return demo;
    }

    private static async Task<int> RunAsync(FileInfo? input, string? data, string format, CancellationToken stop)
    {
        string? temporary = data is null ? Directory.CreateTempSubdirectory("raft-demo-").FullName : null;
        try
        {
            DemoOptions options = new()
            {
                Input = input is null ? DemoInput.Shipped() : DemoInput.FromFile(input.FullName),
                Directory = data ?? temporary!,
            };
            DemoResult result = await ConsoleProgress.ShowAsync(progress => DemoRun.RunAsync(options, progress, stop)).ConfigureAwait(false);
            if (format == Json)
            {
                await Console.Out.WriteLineAsync(DemoReport.ToJson(result)).ConfigureAwait(false);
            }
            else
            {
                DemoReport.WriteTable(result);
            }

            return result.Verified ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException or OperationCanceledException or IOException or UnauthorizedAccessException
            or LogCorruptedException or DataDirectoryException or StorageFailedException or SessionRefusedException)
        {
            await Console.Error.WriteLineAsync($"The demo failed: {failure.Message}").ConfigureAwait(false);
            return ExitCodes.Failure;
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }
}
