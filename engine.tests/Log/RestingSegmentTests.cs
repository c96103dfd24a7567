using System;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Storage;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>A log may have more segments than a process may have descriptors and mappings: most of them rest until
/// somebody reads them.</summary>
public sealed class RestingSegmentTests : IDisposable
{
    private const int Segments = 100;
    private const int RecordsInSegment = 3;

    private readonly TemporaryLog _directory = new();

    public RestingSegmentTests()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { SegmentSizeBytes = 16 << 10, MaxPayloadBytes = 4 << 10, MaxUnsyncedBytes = 12 << 10 };
        _directory.Append(1);
        for (int i = 0; i < Segments; i++)
        {
            _directory.Append(RecordsInSegment, size: 3900);
            _directory.Log.ReleaseReads(_directory.Log.LastIndex);
        }

        _directory.Sync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Few_stay_open_while_the_log_grows_is_read_and_is_opened_again()
    {
        RequireFewOpen();
        string contents = _directory.Contents();
        _directory.Log.ReleaseReads(_directory.Log.LastIndex);
        RequireFewOpen();
        foreach (long verifyFrom in (long[])[1, long.MaxValue])
        {
            _directory.Close();
            _directory.Options = _directory.Options with { VerifyFromIndex = verifyFrom };
            Assert.True(_directory.Log.LastIndex > 0);
            RequireFewOpen();
            Assert.Equal(contents, _directory.Contents());
        }
    }

    [Fact]
    public void One_that_rests_is_truncated_compacted_and_recycled_as_any_other()
    {
        string[] before = _directory.Contents().Split('\n');
        _directory.Log.TruncateFrom(20);
        Assert.Equal(before[..19], _directory.Contents().Split('\n')[..19]);
        _directory.Append(60, term: 2, size: 3900);
        _directory.Log.ReleaseReads(_directory.Log.LastIndex);
        string contents = _directory.Contents();
        _directory.Log.CompactTo(40);
        Assert.EndsWith(_directory.Contents(), contents, StringComparison.Ordinal);
        _directory.Append(60, term: 2, size: 3900); // into files that were segments
        contents = _directory.Contents();
        _directory.Close();
        Assert.Equal(contents, _directory.Contents());
    }

    [Fact]
    public void One_whose_file_has_gone_or_changed_meanwhile_is_a_typed_failure()
    {
        string table = Path.Combine(_directory.Path, OffsetTable.NameOf(1));
        byte[] content = File.ReadAllBytes(table);
        File.Delete(table);
        Assert.Equal(table, Assert.Throws<StorageFailedException>(() => _directory.Log.Read(1)).Path);
        File.WriteAllBytes(table, content);
        byte[] segment = File.ReadAllBytes(_directory.FileOf(1));
        File.WriteAllBytes(_directory.FileOf(1), segment[..8192]);
        Assert.Throws<StorageFailedException>(() => _directory.Log.Read(1));
        File.Delete(_directory.FileOf(1));
        Assert.Equal(_directory.FileOf(1), Assert.Throws<StorageFailedException>(() => _directory.Log.Read(1)).Path);
        File.WriteAllBytes(_directory.FileOf(1), segment);
        Assert.Equal(1, _directory.Log.Read(1).Index);
        _directory.Die();
    }

    private void RequireFewOpen()
    {
        Assert.True(Directory.GetFiles(_directory.Path, "*.segment").Length > Segments * 9 / 10);
        if (OperatingSystem.IsLinux())
        {
            int descriptors = Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith(_directory.Path, StringComparison.Ordinal) == true);
            int mappings = File.ReadLines("/proc/self/maps").Count(line => line.Contains(_directory.Path, StringComparison.Ordinal));
            Assert.InRange(descriptors, 1, 12);
            Assert.InRange(mappings, 1, (2 * MappedSegments.Most) + 8);
        }
    }
}
