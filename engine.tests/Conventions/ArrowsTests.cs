using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>The rooms of the engine and which of them may use which: read from the compiled assembly, so that no alias or global using hides an arrow.</summary>
public class ArrowsTests
{
    // "" is the root: the public contracts that rooms share, the façade RaftNode aside.
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Protocol"] = [],
        ["Storage"] = [],
        ["Host"] = [],
        ["Consensus"] = ["Protocol"],
        ["Log"] = ["Protocol", "Storage", "Host"],
        ["Snapshots"] = ["Protocol", "Storage"],
        ["Sessions"] = ["Protocol", ""],
        ["Transport"] = ["Protocol", "Host", ""],
        ["Diagnostics"] = ["Protocol", "Host", ""],
        ["Pipeline"] = ["Protocol", "Storage", "Consensus", "Log", "Snapshots", "Sessions", "Transport", "Diagnostics", "Host", ""],
        ["Recovery"] = ["Protocol", "Storage", "Consensus", "Log", "Snapshots", "Pipeline", ""],
        [""] = ["Protocol"],
        ["RaftNode"] = ["Protocol", "Storage", "Log", "Snapshots", "Sessions", "Pipeline", "Recovery", "Diagnostics", "Host", ""],
    };

    private static readonly string[] PureNamespaces =
    [
        "System", "System.Text", "System.Collections.Generic", "System.Collections.Immutable", "System.Numerics",
        "System.Runtime.CompilerServices", "System.Runtime.InteropServices",
    ];

    private static readonly string[] ImpureSystemTypes =
        ["DateTime", "DateTimeOffset", "Random", "Environment", "Console", "TimeProvider", "Guid", "GC", "AppContext"];

    [Fact]
    public void Each_room_uses_only_the_rooms_it_may()
    {
        List<string> violations = [];
        foreach (Type type in EngineTypes())
        {
            string room = RoomOf(type);
            Assert.True(MayUse.ContainsKey(room), $"{type} is in a room that has no rule: {room}");
            foreach (Type used in TypeReferences.Of(type).Where(used => used.Assembly == typeof(RaftOptions).Assembly && !IsCompilerMade(used)))
            {
                string other = RoomOf(used);
                if (other != room && !MayUse[room].Contains(other))
                {
                    violations.Add($"{type.FullName} uses {used.FullName}: {Show(room)} may not use {Show(other)}");
                }
            }
        }

        Assert.Empty(violations.Distinct());
    }

    [Fact]
    public void The_consensus_core_is_pure()
    {
        List<string> violations = [];
        foreach (Type type in EngineTypes().Where(type => RoomOf(type) == "Consensus"))
        {
            foreach (Type used in TypeReferences.Of(type).Where(used => used.Assembly != typeof(RaftOptions).Assembly))
            {
                if (!PureNamespaces.Contains(used.Namespace) || ImpureSystemTypes.Contains(used.Name))
                {
                    violations.Add($"{type.FullName} uses {used.FullName}");
                }
            }
        }

        Assert.Empty(violations.Distinct());
    }

    [Fact]
    public void The_linearizability_checker_knows_nothing_of_the_engine()
    {
        Type[] types = [.. typeof(Judgement).Assembly.GetTypes().Where(type => type.Namespace == typeof(Judgement).Namespace)];

        Assert.Contains(typeof(HistoryPicture), types);
        Assert.DoesNotContain(types.SelectMany(TypeReferences.Of), used => used.Assembly == typeof(RaftOptions).Assembly);
    }

    [Fact]
    public void A_namespace_is_a_folder()
    {
        List<string> violations = [];
        foreach (string folder in new[] { "engine", "engine.tests", "bench", "tools/logdump", "tools/simulate", "samples/kv" })
        {
            string rootNamespace = folder switch
            {
                "engine" => "RaftEngine",
                "engine.tests" => "RaftEngine.Tests",
                "bench" => "RaftEngine.Bench",
                "tools/logdump" => "RaftEngine.LogDump",
                "tools/simulate" => "RaftEngine.Simulate",
                _ => "RaftEngine.Samples.Kv",
            };
            string root = System.IO.Path.Combine(Support.Repository.Root, folder);
            foreach (string file in Support.Repository.SourceFiles(folder))
            {
                string relative = System.IO.Path.GetDirectoryName(System.IO.Path.GetRelativePath(root, file))!;
                string expected = relative.Length == 0 ? rootNamespace : $"{rootNamespace}.{relative.Replace('/', '.').Replace('\\', '.')}";
                if (!System.IO.File.ReadAllText(file).Contains($"namespace {expected};", StringComparison.Ordinal))
                {
                    violations.Add($"{file}: expected namespace {expected}");
                }
            }
        }

        Assert.Empty(violations);
    }

    // The root's contracts are what decoders implement and what a recovery is asked for by. What writes, by the engine's own way of doing it, is one folder: forced recovery.
    [Fact]
    public void Logdump_uses_only_what_reads_files_but_for_forced_recovery()
    {
        string[] readers = ["Log", "Storage", "Protocol", "Snapshots", ""];
        string[] recovering = [.. readers, "Recovery", "RaftNode"];
        List<string> violations = [];
        foreach (Type type in typeof(RaftEngine.LogDump.ExitCodes).Assembly.GetTypes())
        {
            string[] rooms = type.FullName!.StartsWith("RaftEngine.LogDump.Recovering.", StringComparison.Ordinal) ? recovering : readers;
            violations.AddRange(TypeReferences.Of(type)
                .Where(used => used.Assembly == typeof(RaftOptions).Assembly && !IsCompilerMade(used) && !rooms.Contains(RoomOf(used)))
                .Select(used => $"{type.FullName} uses {used.FullName}"));
        }

        Assert.Empty(violations.Distinct());
    }

    [Fact]
    public void The_test_sees_an_arrow_where_there_is_one()
    {
        HashSet<Type> used = TypeReferences.Of(typeof(RaftEngine.Pipeline.Replica));

        Assert.Contains(typeof(RaftEngine.Consensus.RaftCore), used);
        Assert.Contains(typeof(RaftEngine.Log.RecordFormat), used); // used in a method's code alone
    }

    private static IEnumerable<Type> EngineTypes() => typeof(RaftOptions).Assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith("RaftEngine", StringComparison.Ordinal) == true);

    private static string RoomOf(Type type)
    {
        Type outer = type;
        while (outer.DeclaringType is not null)
        {
            outer = outer.DeclaringType;
        }

        string room = outer.Namespace == "RaftEngine" ? "" : outer.Namespace!["RaftEngine.".Length..].Split('.')[0];
        bool isFacade = outer.Name.StartsWith("RaftNode", StringComparison.Ordinal) || outer == typeof(RaftRecovery);
        return room.Length == 0 && isFacade ? "RaftNode" : room;
    }

    private static bool IsCompilerMade(Type type) =>
        type.Namespace?.StartsWith("RaftEngine", StringComparison.Ordinal) != true || type.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static string Show(string room) => room.Length == 0 ? "the root" : room;
}
