using System;
using System.IO;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Tests.Snapshots;

/// <summary>Snapshots to test with.</summary>
internal static class SnapshotSamples
{
    public static SnapshotHeader Header(long index, byte[]? configuration = null) =>
        new(Guid.NewGuid(), new Guid("11111111-2222-3333-4444-555555555555"), 7, index, 3, 0xC0FFEE, configuration ?? [1, 2, 3, 4, 5]);

    public static byte[] State(int length, int seed = 1)
    {
        byte[] state = new byte[length];
        new Random(seed).NextBytes(state);
        return state;
    }

    public static SnapshotHeader Write(IStorageDirectory directory, long index, byte[] state)
    {
        SnapshotHeader header = Header(index);
        new SnapshotStore(directory).Write(header, stream => stream.Write(state));
        return header;
    }

    /// <summary>The newest snapshot's header and state; null if there is none.</summary>
    public static (SnapshotHeader Header, byte[] State)? Read(IStorageDirectory directory)
    {
        using SnapshotReader? reader = new SnapshotStore(directory).OpenNewest();
        if (reader is null)
        {
            return null;
        }

        using MemoryStream state = new();
        reader.CopyTo(state);
        return (reader.Header, state.ToArray());
    }
}
