using System;
using System.Collections.Generic;
using System.IO;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;
using RaftEngine.Log;

namespace RaftEngine.Bench.Candidates;

/// <summary>A mark in the segment's first page, which takes a write of its own and dirties another page, instead of one behind the group, in the group's write.</summary>
internal sealed class MarkInHeader(Workspace workspace, Effort effort)
{
    /// <summary>Measures small groups and large.</summary>
    public IEnumerable<Row> Measure()
    {
        yield return Compare(256, "256 B");
        yield return Compare(64 << 10, "64 KiB");
    }

    private Row Compare(int bytes, string name)
    {
        byte[] group = new byte[bytes + TailMark.SizeInBytes];
        byte[] mark = new byte[TailMark.SizeInBytes];
        new Random(1).NextBytes(group);
        using ZeroedFile withTail = new(workspace.NewPath(), 64 << 20);
        using ZeroedFile withHeader = new(workspace.NewPath(), 64 << 20);
        int count = effort.Count(20);
        return Rounds.Run(effort.Rounds(41), () => DurableGroup.Time(count, WriteWithHeader), () => DurableGroup.Time(count, WriteWithTail))
            .OursByBaseline($"group of {name}: mark in the header page / mark behind the group", "us/group");

        void WriteWithHeader()
        {
            withHeader.Write(group.AsSpan(0, bytes), bytes);
            RandomAccess.Write(withHeader.Handle, mark, 0);
            withHeader.Sync();
        }

        void WriteWithTail()
        {
            withTail.Write(group, bytes);
            withTail.Sync();
        }
    }
}
