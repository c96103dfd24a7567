using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace RaftEngine.Tests.Support;

/// <summary>The checkout the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every source file of a folder, generated ones left out.</summary>
    public static IEnumerable<string> SourceFiles(string folder) => Find(Path.Combine(Root, folder), "*.cs");

    /// <summary>Every file of the checkout whose name matches a pattern, generated and installed ones left out.</summary>
    public static IEnumerable<string> AllFiles(string pattern) =>
        Directory.EnumerateFiles(Root, pattern).Concat(
            Directory.EnumerateDirectories(Root)
                .Where(folder => !Path.GetFileName(folder).StartsWith('.'))
                .SelectMany(folder => Find(folder, pattern)));

    private static IEnumerable<string> Find(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar)
                .Any(part => part is "bin" or "obj" or "node_modules" or "TestResults"));

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "RaftEngine.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run from within the repository.");
    }
}
