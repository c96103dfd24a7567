using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Hashing;
using RaftEngine.Log;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Log;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryLog _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_second_opener_is_kept_out_until_the_first_has_closed()
    {
        Guid logId = _directory.Data.LogId;
        Assert.NotEqual(Guid.Empty, logId);
        DataDirectoryException e = Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(_directory.Path, _directory.Options));
        Assert.Equal(_directory.Path, e.Directory);
        _directory.Close();
        Assert.Equal(logId, _directory.Data.LogId);
        _directory.Die();
        Assert.Equal(logId, _directory.Data.LogId);
    }

    [Fact]
    public void A_directory_is_made_with_those_above_it()
    {
        string path = Path.Combine(_directory.Path, "a", "b", "c");
        using (DataDirectory made = DataDirectory.Open(path, _directory.Options))
        {
            Assert.Equal(0, made.Log.LastIndex);
            Assert.Equal(default, made.HardState.Current);
        }

        Assert.True(File.Exists(Path.Combine(path, SegmentFormat.NameOf(1))));
    }

    [Fact]
    public void A_directory_of_another_node_group_or_cluster_is_refused_with_both_names()
    {
        _directory.Append(1);
        _directory.Close();
        LogOptions own = _directory.Options;
        Refused(own with { NodeId = 2 }, "node 1", "2");
        Refused(own with { GroupId = 8 }, "group 7", "8");
        Guid other = Guid.NewGuid();
        Refused(own with { ClusterId = other }, own.ClusterId.ToString(), other.ToString());
        _directory.Options = own;
        Assert.Equal(1, _directory.Log.LastIndex);
    }

    [Fact]
    public void A_directory_whose_making_was_interrupted_is_finished()
    {
        Guid logId = _directory.Data.LogId;
        _directory.Die();
        File.Delete(_directory.FileOf(1));
        Assert.Equal(0, _directory.Log.LastIndex);
        Assert.Equal(logId, _directory.Data.LogId);
    }

    [Fact]
    public void Options_out_of_bounds_are_refused_before_anything_is_made()
    {
        LogOptions own = _directory.Options;
        string path = Path.Combine(_directory.Path, "none");
        foreach (LogOptions options in (LogOptions[])[
            own with { SegmentSizeBytes = 8192 },
            own with { SegmentSizeBytes = 65_537 },
            own with { SegmentSizeBytes = int.MinValue },
            own with { MaxPayloadBytes = -1 },
            own with { MaxPayloadBytes = 65_536 },
            own with { MaxUnsyncedBytes = -1 }])
        {
            Assert.Throws<ArgumentException>(() => DataDirectory.Open(path, options));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_record_of_the_largest_payload_that_a_segment_has_room_for_fits()
    {
        _directory.Options = _directory.Options with { MaxPayloadBytes = (64 << 10) - 4096 - 48 - 32, MaxUnsyncedBytes = 1 };
        _directory.Append(3, size: _directory.Options.MaxPayloadBytes);
        string contents = _directory.Contents();
        _directory.Close();
        Assert.Equal(contents, _directory.Contents());
        Assert.Equal(3, _directory.Log.LastIndex);
    }

    [Fact]
    public void Hard_state_survives_and_the_last_one_wins()
    {
        for (long term = 1; term <= 9; term++)
        {
            _directory.Data.HardState.Save(new HardState(term, (ulong)(term % 3)));
            if (term % 2 == 0)
            {
                _directory.Die();
            }

            Assert.Equal(new HardState(term, (ulong)(term % 3)), _directory.Data.HardState.Current);
        }

        Assert.Throws<InvalidOperationException>(() => _directory.Data.HardState.Save(new HardState(8, 1)));
        _directory.Close();
        Assert.Equal(new HardState(9, 0), _directory.Data.HardState.Current);
    }

    [Fact]
    public void A_vote_survives_any_defect_in_one_slot_and_the_slot_is_made_whole()
    {
        _directory.Data.HardState.Save(new HardState(5, 2));
        _directory.Data.HardState.Save(new HardState(6, 3));
        _directory.Die();
        string file = Path.Combine(_directory.Path, HardStateFile.Name);
        byte[] whole = File.ReadAllBytes(file);
        Assert.Equal(2 * HardStateRecord.SlotBytes, whole.Length);
        for (int offset = 0; offset < whole.Length; offset += offset % 4096 < 228 ? 1 : 333)
        {
            byte[] damaged = whole.AsSpan().ToArray();
            damaged[offset] ^= (byte)(1 << (offset % 8));
            File.WriteAllBytes(file, damaged);
            Assert.Equal(new HardState(6, 3), _directory.Data.HardState.Current);
            _directory.Die();
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void A_save_torn_at_any_byte_leaves_the_state_before_or_the_one_after()
    {
        _directory.Data.HardState.Save(new HardState(5, 2));
        _directory.Die();
        string file = Path.Combine(_directory.Path, HardStateFile.Name);
        byte[] before = File.ReadAllBytes(file);
        _directory.Data.HardState.Save(new HardState(6, 3));
        _directory.Die();
        byte[] after = File.ReadAllBytes(file);
        for (int written = 0; written <= 228; written++)
        {
            // The first slot torn; then the second, the first being whole.
            byte[] torn = [.. after.AsSpan(0, written), .. before.AsSpan(written)];
            File.WriteAllBytes(file, torn);
            Assert.Contains(_directory.Data.HardState.Current, (HardState[])[new(5, 2), new(6, 3)]);
            _directory.Die();
            torn = [.. after.AsSpan(0, 4096 + written), .. before.AsSpan(4096 + written)];
            File.WriteAllBytes(file, torn);
            Assert.Equal(new HardState(6, 3), _directory.Data.HardState.Current);
            _directory.Die();
        }
    }

    [Fact]
    public void A_hard_state_of_the_first_version_is_read_and_written_anew()
    {
        _directory.Data.HardState.Save(new HardState(5, 2));
        ulong incarnation = _directory.Data.Incarnation;
        _directory.Close();
        _directory.Edit(HardStateFile.Name, static bytes =>
        {
            foreach (int slot in (int[])[0, HardStateRecord.SlotBytes])
            {
                bytes[slot + 8] = 1;
                bytes.AsSpan(slot + 88, HardStateRecord.SlotBytes - 88).Clear();
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(slot + 88), Crc64.HashToUInt64(bytes.AsSpan(slot, 88)));
            }
        });
        HardStateFile hardState = _directory.Data.HardState;
        Assert.Equal((new HardState(5, 2), incarnation, true), (hardState.Current, hardState.Incarnation, hardState.IsFounder));
        Assert.Null(hardState.FirstVoters);
        _directory.Close();
        Assert.All((int[])[0, HardStateRecord.SlotBytes], slot => Assert.Equal(2, File.ReadAllBytes(Path.Combine(_directory.Path, HardStateFile.Name))[slot + 8]));
        Assert.Equal(DirectoryOrigin.Unknown, LogInspector.Open(_directory.Path).Origin);
    }

    [Fact]
    public void A_directory_remembers_with_which_voters_it_began_whatever_it_is_opened_with()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { FirstVoters = new Configuration(1, 5, 9) };
        Assert.True(_directory.Data.HardState.IsFounder);
        _directory.Data.HardState.Save(new HardState(5, 2));
        _directory.Close();
        foreach (Configuration? later in (Configuration?[])[null, new Configuration(1), new Configuration(1, 2, 3)])
        {
            _directory.Options = TemporaryLog.DefaultOptions with { FirstVoters = later };
            Assert.Equal((true, new Configuration(1, 5, 9)), (_directory.Data.HardState.IsFounder, _directory.Data.HardState.FirstVoters));
            _directory.Close();
            LogInspector inspector = LogInspector.Open(_directory.Path);
            Assert.Equal((DirectoryOrigin.Bootstrapped, "1 5 9"), (inspector.Origin, $"{inspector.FirstVoters}"));
        }

        _directory.Data.HardState.Recover(new HardState(6, 1));
        Assert.False(_directory.Data.HardState.IsFounder);
        _directory.Close();
        Assert.False(_directory.Data.HardState.IsFounder);
    }

    [Fact]
    public void A_directory_that_joined_is_no_founder_whatever_it_is_opened_with()
    {
        _directory.Options = TemporaryLog.DefaultOptions with { FirstVoters = null };
        Assert.False(_directory.Data.HardState.IsFounder);
        _directory.Close();
        _directory.Options = TemporaryLog.DefaultOptions with { FirstVoters = new Configuration(1) };
        Assert.False(_directory.Data.HardState.IsFounder);
        Assert.Null(_directory.Data.HardState.FirstVoters);
    }

    [Fact]
    public void Two_bad_slots_are_refused()
    {
        _directory.Data.HardState.Save(new HardState(5, 2));
        _directory.Close();
        _directory.Edit(HardStateFile.Name, static bytes =>
        {
            bytes[24] ^= 1;
            bytes[4096 + 32] ^= 1;
        });
        Assert.Equal(HardStateFile.Name, Assert.Throws<LogCorruptedException>(() => _directory.Data).Segment);
        File.WriteAllBytes(Path.Combine(_directory.Path, HardStateFile.Name), []);
        Assert.Throws<LogCorruptedException>(() => _directory.Data);
    }

    private void Refused(LogOptions options, string actual, string expected)
    {
        _directory.Options = options;
        DataDirectoryException e = Assert.Throws<DataDirectoryException>(() => _directory.Data);
        Assert.Contains(actual, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
