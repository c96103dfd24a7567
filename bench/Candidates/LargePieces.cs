using System;
using System.Collections.Generic;
using RaftEngine.Bench.Baselines;
using RaftEngine.Bench.Measuring;
using RaftEngine.Storage;

namespace RaftEngine.Bench.Candidates;

/// <summary>
/// Preparing a segment with writes of 1 MiB, instead of 64 KiB: what is written at once becomes one folio of the page cache, and each later write and sync of some bytes in
/// it goes through all of it, the more so if it is mapped.
/// </summary>
internal sealed unsafe class LargePieces(Workspace workspace, Effort effort)
{
    private const int FileBytes = 16 << 20;

    /// <summary>Measures small groups, in files that are mapped and in files that are not.</summary>
    public IEnumerable<Row> Measure()
    {
        yield return Compare(isMapped: true);
        yield return Compare(isMapped: false);
    }

    private Row Compare(bool isMapped)
    {
        byte[] group = new byte[336];
        string largePath = workspace.NewPath();
        string smallPath = workspace.NewPath();
        using ZeroedFile large = new(largePath, FileBytes, pieceBytes: 1 << 20);
        using ZeroedFile small = new(smallPath, FileBytes);
        using IStorageMapping? ofLarge = isMapped ? Map(largePath) : null;
        using IStorageMapping? ofSmall = isMapped ? Map(smallPath) : null;
        int count = effort.Count(20);
        string name = $"group of 256 B, file {(isMapped ? "mapped" : "not mapped")}: prepared in pieces of 1 MiB / of 64 KiB";
        return Rounds.Run(effort.Rounds(41), () => TimeGroups(large), () => TimeGroups(small)).OursByBaseline(name, "us/group");

        double TimeGroups(ZeroedFile file) => DurableGroup.Time(count, () => DurableGroup.WriteAndSync(file, group));
    }

    private static FileSystemMapping Map(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = System.IO.File.OpenHandle(path);
        FileSystemMapping mapping = new(file, FileBytes);
        new ReadOnlySpan<byte>((byte*)mapping.Address, FileBytes).ContainsAnyExcept((byte)0);
        return mapping;
    }
}
