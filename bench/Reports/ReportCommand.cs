using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using RaftEngine.Bench.Cluster;
using RaftEngine.Bench.Measuring;
using RaftEngine.Bench.Peers;

namespace RaftEngine.Bench.Reports;

/// <summary><c>report</c>: pictures and a page of what <c>cluster</c> and <c>peers</c> have measured.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<FileInfo[]> files = new("files") { Description = "What cluster and peers wrote with --json.", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo> directory = new("--directory") { Description = "Where the page and the pictures go. By default docs/benchmarks." };
        Option<FileInfo> readme = new("--readme") { Description = "A file that is to show some of the pictures, between two marks that it has." };
        Command command = new("report", "Draws what cluster and peers have measured, and writes a page about it.") { files, directory, readme };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(files),
            parsed.GetValue(directory)?.FullName ?? Path.GetFullPath(Path.Combine("docs", "benchmarks")),
            parsed.GetValue(readme),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(IReadOnlyList<FileInfo> files, string directory, FileInfo? readme, TextWriter output)
    {
        List<ClusterResults> clusters = [];
        List<PeerResults> peers = [];
        try
        {
            foreach (FileInfo file in files)
            {
                Read(file, clusters, peers);
            }

            Write(new Page(clusters, peers), directory, readme);
        }
        catch (Exception refused) when (refused is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(refused.Message);
            return 1;
        }

        output.WriteLine($"Written to {directory}.");
        return 0;
    }

    private static void Read(FileInfo file, List<ClusterResults> clusters, List<PeerResults> peers)
    {
        try
        {
            string json = File.ReadAllText(file.FullName);
            if (HoldsPeers(json))
            {
                peers.Add(ResultsFormat.Read<PeerResults>(json));
            }
            else
            {
                clusters.Add(ResultsFormat.Read<ClusterResults>(json));
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException)
        {
            throw new InvalidDataException($"'{file.Name}' holds no results of cluster or peers: {exception.Message}", exception);
        }
    }

    private static void Write(Page page, string directory, FileInfo? readme)
    {
        string markdown = page.ToMarkdown();
        string? shown = readme is null
            ? null
            : page.Show(File.ReadAllText(readme.FullName), Path.GetRelativePath(readme.DirectoryName!, directory).Replace('\\', '/'));
        Directory.CreateDirectory(directory);
        foreach (string old in Directory.EnumerateFiles(directory, "*.svg"))
        {
            File.Delete(old); // of an earlier report: what is left is what the page shows
        }

        foreach (Plot plot in page.Plots)
        {
            File.WriteAllText(Path.Combine(directory, plot.File), plot.Chart.ToSvg());
        }

        File.WriteAllText(Path.Combine(directory, "README.md"), markdown);
        if (shown is not null)
        {
            File.WriteAllText(readme!.FullName, shown);
        }
    }

    private static bool HoldsPeers(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("peers", out _);
    }
}
