using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>The snapshots in a data directory. Reads only; one that is deleted meanwhile, because a newer one is there, is left out.</summary>
internal static class SnapshotFiles
{
    private const int VersionOffset = 8;
    private const int ConfigurationLengthOffset = 12;
    private const int SmallestHeaderBytes = 88;

    /// <summary>Reads the headers, in the order of their indexes.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote one.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static List<SnapshotFacts> Read(string path) => Read(path, isWhole: false, CancellationToken.None);

    /// <summary>Reads every byte and checks it.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote one.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static List<SnapshotFacts> Verify(string path, CancellationToken cancellationToken) => Read(path, isWhole: true, cancellationToken);

    /// <summary>Reads every byte of a snapshot or backup, wherever it lies, and checks it.</summary>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SnapshotFacts VerifyFile(string path, CancellationToken cancellationToken)
    {
        using IStorageFile file = Subject.OpenFile(path);
        return ReadOne(file, Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path), isWhole: true,
            cancellationToken);
    }

    private static List<SnapshotFacts> Read(string path, bool isWhole, CancellationToken cancellationToken)
    {
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(path);
        List<SnapshotFacts> found = [];
        string[] names = Array.FindAll(directory.List(), static name => SnapshotFormat.TryParseName(name, out _));
        Array.Sort(names, StringComparer.Ordinal);
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IStorageFile? file = directory.OpenForReading(name);
            SnapshotFacts? facts = file is null ? null : ReadOne(file, path, name, isWhole, cancellationToken);
            if (facts?.Damage is not null && Array.IndexOf(directory.List(), name) < 0)
            {
                continue; // it was being deleted, which may happen bit by bit
            }

            if (facts is not null)
            {
                found.Add(facts);
            }
        }

        return found;
    }

    private static SnapshotFacts ReadOne(IStorageFile file, string directory, string name, bool isWhole,
        CancellationToken cancellationToken)
    {
        long bytes = file.Length;
        SnapshotReader? reader = null;
        try
        {
            reader = new SnapshotReader(file, name);
            Span<byte> sink = stackalloc byte[SnapshotFormat.ChunkPayloadBytes];
            while (isWhole && reader.Read(sink) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return new SnapshotFacts(name, bytes, reader.Header, WrongName(reader.Header, name));
        }
        catch (SnapshotCorruptedException damage)
        {
            return new SnapshotFacts(name, bytes, reader?.Header, damage);
        }
    }

    private static SnapshotCorruptedException? WrongName(SnapshotHeader header, string name) =>
        !SnapshotFormat.TryParseName(name, out long named) || named == header.Index
            ? null
            : new SnapshotCorruptedException(name, 56, "last index included, against the file's name", (ulong)named, (ulong)header.Index);
}
