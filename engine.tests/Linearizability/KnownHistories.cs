using System.Collections.Generic;
using System.IO;
using System.Linq;
using RaftEngine.Simulate.Linearizability;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Linearizability;

/// <summary>The histories beside this file, and what their README says of them.</summary>
internal static class KnownHistories
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "engine.tests", "Linearizability", "Histories");

    /// <summary>Each row of the table: the file, and whether it is linearizable.</summary>
    public static IEnumerable<(string Name, bool IsLinearizable)> Table => File.ReadLines(Path.Combine(Folder, "README.md"))
        .Select(line => line.Split('|', System.StringSplitOptions.TrimEntries))
        .Where(cells => cells is [_, _, "yes" or "no", _])
        .Select(cells => (cells[1], cells[2] == "yes"));

    public static IReadOnlyList<Operation> Read(string name) => HistoryReader.ReadFile(Path.Combine(Folder, name));

    public static ISequentialModel ModelOf(string name) => name.StartsWith("kv/", System.StringComparison.Ordinal) ? new KeyValueModel() : new RegisterModel();
}
