using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>docs/limits.md names every option that is a bound, and tests that there are.</summary>
public sealed partial class LimitsTests
{
    // Rates, and what chooses rather than bounds.
    private static readonly string[] NoLimits =
    [
        nameof(RaftOptions.MaxElectionTimeout), nameof(RaftOptions.ScrubBytesPerSecond), nameof(RaftOptions.SnapshotBytesPerSecond),
        nameof(RaftOptions.SnapshotLogBytes), nameof(RaftOptions.SegmentSizeBytes),
    ];

    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "limits.md"));

    [Fact]
    public void Every_option_that_bounds_something_is_in_the_table()
    {
        IEnumerable<string> bounds = ((Type[])[typeof(RaftOptions), typeof(TcpTransportOptions), typeof(TlsOptions)])
            .SelectMany(static type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Select(static property => property.Name)
            .Where(static name => name.StartsWith("Max", StringComparison.Ordinal) || name.EndsWith("Bytes", StringComparison.Ordinal)
                || (name.EndsWith("Timeout", StringComparison.Ordinal) && name != nameof(RaftOptions.ElectionTimeout)))
            .Except(NoLimits);
        Assert.All(bounds, name => Assert.Contains($"`{name}`", Document, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_names_a_test_that_there_is()
    {
        HashSet<string> tests =
            [.. typeof(LimitsTests).Assembly.GetTypes().SelectMany(static type => type.GetMethods()).Select(static method => method.Name)];
        string[] rows = [.. Document.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Where(static line => line[2..7] != "limit")];
        Assert.InRange(rows.Length, 25, 100);
        foreach (string row in rows)
        {
            MatchCollection named = Name().Matches(row.Split('|')[^2]);
            Assert.NotEmpty(named);
            Assert.All(named, test => Assert.Contains(test.Groups[1].Value, tests));
        }
    }

    [GeneratedRegex("`([A-Za-z0-9_]+)`")]
    private static partial Regex Name();
}
