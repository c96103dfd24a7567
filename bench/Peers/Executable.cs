using System;
using System.IO;
using System.Linq;

namespace RaftEngine.Bench.Peers;

/// <summary>Programs that may be installed.</summary>
internal static class Executable
{
    /// <summary>Finds a program by its name.</summary>
    /// <returns>Its path, or null.</returns>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? name + ".exe" : name))
        .FirstOrDefault(File.Exists);

    /// <summary>Of some programs, the first that is not there, as a sentence; null if all are.</summary>
    /// <param name="package">Where they come from.</param>
    /// <param name="names">The programs.</param>
    public static string? Missing(string package, params string[] names) =>
        names.FirstOrDefault(static name => Find(name) is null) is { } name ? $"{name} is not installed ({package})." : null;
}
