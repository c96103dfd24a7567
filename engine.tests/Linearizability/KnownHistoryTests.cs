using System.IO;
using System.Linq;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class KnownHistoryTests
{
    public static TheoryData<string, bool> All => Rows(KnownHistories.Table.Select(row => row));

    public static TheoryData<string, bool> Refused => Rows(KnownHistories.Table.Where(row => !row.IsLinearizable));

    [Theory]
    [MemberData(nameof(All))]
    public void Every_known_history_is_judged_right(string name, bool isLinearizable)
    {
        Judgement judgement = LinearizabilityChecker.Check(KnownHistories.Read(name), KnownHistories.ModelOf(name));

        Assert.Equal(isLinearizable ? Verdict.Linearizable : Verdict.NotLinearizable, judgement.Verdict);
        Assert.Equal(isLinearizable, judgement.Culprit is null);
    }

    [Fact]
    public void Every_file_is_in_the_table()
    {
        string[] files = [.. Directory.EnumerateFiles(KnownHistories.Folder, "*.*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(KnownHistories.Folder, file).Replace('\\', '/')).Where(file => file != "README.md").Order()];

        Assert.Equal(56, files.Length);
        Assert.Equal(files, KnownHistories.Table.Select(row => row.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_known_history_breaks_at_its_culprit_and_not_before(string name, bool isLinearizable)
    {
        ISequentialModel model = KnownHistories.ModelOf(name);
        Judgement judgement = LinearizabilityChecker.Check(KnownHistories.Read(name), model);
        Operation culprit = judgement.Culprit!;

        Assert.False(isLinearizable);
        Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(Histories.Until(judgement.Operations, culprit.Returned - 1), model).Verdict);
        Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(Histories.Until(judgement.Operations, culprit.Returned), model).Verdict);
    }

    private static TheoryData<string, bool> Rows(System.Collections.Generic.IEnumerable<(string Name, bool IsLinearizable)> rows)
    {
        TheoryData<string, bool> data = [];
        foreach ((string name, bool isLinearizable) in rows)
        {
            data.Add(name, isLinearizable);
        }

        return data;
    }
}
