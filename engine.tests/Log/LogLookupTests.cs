using System;
using System.IO;
using RaftEngine.Log;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class LogLookupTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_index_is_found_with_and_without_tables_of_offsets(bool hasTables)
    {
        _directory.Append(2000, size: 100, groupOf: 50);
        _directory.Sync();
        _directory.Log.CompactTo(700);
        if (!hasTables)
        {
            _directory.DeleteTables();
        }

        SegmentedLog log = _directory.Log;
        using LogLookup lookup = LogInspector.Open(_directory.Path).OpenLookup();
        Assert.Equal((log.FirstIndex, log.LastIndex, 1), (lookup.FirstIndex, lookup.LastIndex, lookup.LastTerm));
        Assert.True(lookup.FirstIndex > 1);
        Assert.Equal(1, lookup.SegmentsRead);
        for (long index = lookup.FirstIndex - 1; index <= lookup.LastIndex; index++)
        {
            Assert.Equal(log.ChainAt(index), lookup.ChainAt(index));
        }

        for (long index = lookup.FirstIndex; index <= lookup.LastIndex; index++)
        {
            LookedUpRecord record = lookup.Read(index);
            Assert.Equal((index, 1, log.ChainAt(index)), (record.Index, record.Term, record.Chain));
            Assert.Equal(TemporaryLog.PayloadOf(index, 100), record.Payload);
        }
    }

    [Fact]
    public void The_chain_value_before_a_segment_takes_its_header_alone()
    {
        _directory.Append(3000, size: 100, groupOf: 50);
        using LogLookup lookup = LogInspector.Open(_directory.Path).OpenLookup();
        foreach (long firstIndex in lookup.FirstIndexes)
        {
            Assert.Equal(_directory.Log.ChainAt(firstIndex - 1), lookup.ChainAt(firstIndex - 1));
        }

        Assert.True(lookup.Segments > 4);
        Assert.Equal(1, lookup.SegmentsRead);
    }

    [Fact]
    public void A_record_that_is_damaged_is_located()
    {
        _directory.Append(1500, size: 100, groupOf: 50);
        _directory.Close();
        string file = Path.GetFileName(_directory.FileOf(1));
        _directory.Edit(file, static bytes => bytes[SegmentFormat.HeaderBytes + (136 * 9) + 40] ^= 1);
        using LogLookup lookup = LogInspector.Open(_directory.Path).OpenLookup();
        LogCorruptedException damage = Assert.Throws<LogCorruptedException>(() => lookup.Read(10));
        Assert.Equal((file, SegmentFormat.HeaderBytes + (136 * 9), 10), (damage.Segment, damage.Offset, damage.Index));
        Assert.Equal(11, lookup.Read(11).Index);
    }
}
