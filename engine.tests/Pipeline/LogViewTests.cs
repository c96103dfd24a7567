using System;
using RaftEngine.Consensus;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

public sealed class LogViewTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    // A voter that lost a configuration would go by the one before, in which it may be alone.
    [Fact]
    public void A_configuration_counts_only_once_it_is_synced_whatever_the_durability()
    {
        Configuration alone = new(1);
        LogView view = new(_directory.Log, new LoggedConfiguration(0, alone), waitsForSync: false);
        _directory.Append(3);
        view.WrittenIndex = 3;
        Assert.Equal((3, false), (view.DurableIndex, view.HasUnsyncedConfiguration));

        AppendConfiguration(view, alone.StepTo(new Configuration(1, 2))!);
        _directory.Append(2);
        AppendConfiguration(view, new Configuration(1, 2));
        _directory.Append(1);
        view.WrittenIndex = 8;
        Assert.Equal((3, true), (view.DurableIndex, view.HasUnsyncedConfiguration));

        _directory.Sync();
        Assert.Equal((8, false), (view.DurableIndex, view.HasUnsyncedConfiguration));
        _directory.Append(1);
        view.WrittenIndex = 9;
        Assert.Equal((9, false), (view.DurableIndex, view.HasUnsyncedConfiguration));
    }

    private void AppendConfiguration(LogView view, Configuration configuration)
    {
        byte[] bytes = new byte[ConfigurationFormat.LengthOf(configuration)];
        ConfigurationFormat.Write(bytes, configuration);
        view.Appended(_directory.Log.Append(EntryKind.Configuration, 1, bytes), configuration);
    }
}
