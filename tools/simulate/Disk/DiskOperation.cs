using System;

namespace RaftEngine.Simulate.Disk;

/// <summary>One thing that happened to a disk. A list of them, applied to an empty <see cref="DiskImage"/>, makes every state that the disk has ever been in.</summary>
internal sealed class DiskOperation
{
    /// <summary>What can happen.</summary>
    public enum Kinds
    {
        /// <summary>A name came to be, or its file was emptied.</summary>
        Create,

        /// <summary>Bytes were written.</summary>
        Write,

        /// <summary>A sync of a file began: it vouches for what was written before.</summary>
        BeginSync,

        /// <summary>It returned.</summary>
        EndSync,

        /// <summary>It failed: what it was to make durable may never become so, whatever a later sync says.</summary>
        FailSync,

        /// <summary>The process died in it.</summary>
        AbandonSync,

        /// <summary>A name was changed.</summary>
        Rename,

        /// <summary>A name was removed.</summary>
        Delete,

        /// <summary>The directory was synced.</summary>
        SyncDirectory,

        /// <summary>The power failed; <see cref="Survived"/> is what was left.</summary>
        LosePower,
    }

    public required Kinds Kind { get; init; }

    /// <summary>The file.</summary>
    public int File { get; init; }

    public int Offset { get; init; }

    public byte[] Bytes { get; init; } = [];

    public string Name { get; init; } = string.Empty;

    public string NewName { get; init; } = string.Empty;

    public DiskImage? Survived { get; init; }

    public override string ToString() => Kind switch
    {
        Kinds.Write => $"write {Bytes.Length} bytes at {Offset} of file {File}",
        Kinds.Create or Kinds.Delete => $"{Kind} '{Name}' (file {File})",
        Kinds.Rename => $"rename '{Name}' to '{NewName}' (file {File})",
        Kinds.SyncDirectory or Kinds.LosePower => Kind.ToString(),
        _ => $"{Kind} of file {File}",
    };

    /// <summary>The same write, cut short by the death of the process.</summary>
    public DiskOperation CutTo(int length) =>
        new() { Kind = Kinds.Write, File = File, Offset = Offset, Bytes = Bytes.AsSpan(0, length).ToArray() };
}
