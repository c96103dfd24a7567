using System;
using System.Collections.Generic;
using System.IO.MemoryMappedFiles;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;

namespace RaftEngine.Bench.Candidates;

/// <summary>Storing a group into the mapped file, instead of handing it to the kernel with a pwrite; then a sync. Both files are prepared, and the mapping is warm.</summary>
internal sealed unsafe class MappedStore(Workspace workspace, Effort effort)
{
    private const int FileBytes = 64 << 20;

    /// <summary>Measures each size of a group.</summary>
    public IEnumerable<Row> Measure()
    {
        foreach ((int bytes, string name) in ((int, string)[])[(256, "256 B"), (4 << 10, "4 KiB"), (64 << 10, "64 KiB"), (1 << 20, "1 MiB")])
        {
            yield return Compare(bytes, name);
        }
    }

    private Row Compare(int bytes, string name)
    {
        byte[] group = new byte[bytes];
        new Random(1).NextBytes(group);
        using ZeroedFile written = new(workspace.NewPath(), FileBytes);
        using ZeroedFile stored = new(workspace.NewPath(), FileBytes);
        using MemoryMappedFile mapped = MemoryMappedFile.CreateFromFile(
            stored.Handle, mapName: null, capacity: 0, MemoryMappedFileAccess.ReadWrite, System.IO.HandleInheritability.None, leaveOpen: true);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor();
        byte* address = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        new ReadOnlySpan<byte>(address, FileBytes).ContainsAnyExcept((byte)0);
        long offset = 0;
        int count = effort.Count(bytes > 256 << 10 ? 5 : 20);
        Row row = Rounds.Run(effort.Rounds(25), () => DurableGroup.Time(count, Store), () => DurableGroup.Time(count, () => DurableGroup.WriteAndSync(written, group)))
            .OursByBaseline($"group of {name}: mapped store + sync / pwrite + sync", "us/group");
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        return row;

        void Store()
        {
            offset = offset + bytes > FileBytes ? 0 : offset;
            group.CopyTo(new Span<byte>(address + offset, bytes));
            offset += bytes;
            stored.Sync();
        }
    }
}
