using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Bench.Peers;
using RaftEngine.Tests.Support;
using Xunit.Sdk;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>The clients from npm: installed once beside the tests, in the versions that are written here.</summary>
internal static class NodeClients
{
    private const string Package = """{ "private": true, "type": "module", "dependencies": { "ioredis": "6.0.0", "redis": "6.3.1" } }""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Installs them, if they are not there.</summary>
    /// <returns>The script that uses them.</returns>
    /// <exception cref="SkipException">There is no node, or no registry within reach.</exception>
    public static async Task<string> EnsureInstalledAsync()
    {
        if (Executable.Missing("nodejs, npm", "node", "npm") is { } missing)
        {
            throw SkipException.ForSkip(missing);
        }

        string directory = Path.Combine(AppContext.BaseDirectory, "node-clients");
        string installed = Path.Combine(directory, "installed");
        if (!File.Exists(installed) || await File.ReadAllTextAsync(installed) != Package)
        {
            Directory.CreateDirectory(directory);
            await InstallAsync(directory);
            await File.WriteAllTextAsync(installed, Package);
        }

        string script = Path.Combine(directory, "clients.mjs");
        File.Copy(Path.Combine(Repository.Root, "engine.tests", "Samples", "Clients", "clients.mjs"), script, overwrite: true);
        return script;
    }

    private static async Task InstallAsync(string directory)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "package.json"), Package);
        ProcessStartInfo start = new("npm") { WorkingDirectory = directory, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])
            ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process npm = Process.Start(start)!;
        using CancellationTokenSource patience = new(Patience);
        Task<string> output = npm.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = npm.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await npm.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            npm.Kill(entireProcessTree: true);
            await npm.WaitForExitAsync(CancellationToken.None);
        }

        if (npm.ExitCode != 0)
        {
            throw SkipException.ForSkip($"npm cannot install the clients: {await errors}{await output}");
        }
    }
}
