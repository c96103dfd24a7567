using System;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.LogDump.Reading;
using RaftEngine.Protocol;
using RaftEngine.Tests.Log;
using Xunit;

namespace RaftEngine.Tests.LogDump;

/// <summary>A save goes through the two slots of the hard state one after the other, with a sync of each. What is found in the middle of one is no finding.</summary>
public sealed class HardStateSlotTests : IDisposable
{
    private readonly TemporaryLog _directory = new();
    private readonly HardStateRecord _before;

    public HardStateSlotTests()
    {
        _directory.Data.HardState.Save(new HardState(1, 1));
        _directory.Append(20);
        _directory.Close();
        LogInspector inspector = LogInspector.Open(_directory.Path);
        _before = new HardStateRecord(inspector.HardStateSequence, new HardState(1, 1), inspector.Owner, Origin: inspector.Origin, FirstVoters: inspector.FirstVoters);
        Assert.False(LogInspector.Open(_directory.Path).HasStaleHardStateSlot);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_save_that_ends_while_the_log_is_verified_leaves_no_finding()
    {
        Write(slot: 0, saves: 1);
        LogInspector inspector = LogInspector.Open(_directory.Path);
        Assert.True(inspector.HasStaleHardStateSlot);
        Write(slot: 1, saves: 1);
        Assert.Empty(Verify(inspector).Findings);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slot_that_stays_behind_or_spoiled_is_one(bool isSpoiled)
    {
        if (isSpoiled)
        {
            _directory.Edit(HardStateFile.Name, static bytes => bytes[30] ^= 1);
        }
        else
        {
            Write(slot: 0, saves: 1);
        }

        Finding finding = Assert.Single(Verify(LogInspector.Open(_directory.Path)).Findings);
        Assert.Equal((false, HardStateFile.Name), (finding.IsDamage, finding.File));
    }

    private static DirectoryVerification Verify(LogInspector inspector) =>
        DirectoryVerification.Of(inspector, new Looking(CancellationToken.None));

    private void Write(int slot, int saves) => _directory.Edit(
        HardStateFile.Name,
        bytes => (_before with { Sequence = _before.Sequence + saves }).Write(bytes.AsSpan(slot * HardStateRecord.SlotBytes, HardStateRecord.SlotBytes)));
}
