using System;

namespace RaftEngine.Storage;

/// <summary>
/// One directory of the operating system, as the log sees it: the only way from the log to the disk. Every failure is a <see cref="StorageFailedException"/>.
/// What was created, renamed or deleted is only certain to survive a loss of power once <see cref="Sync"/> has returned.
/// </summary>
internal interface IStorageDirectory : IDisposable
{
    /// <summary>The directory's path, for messages.</summary>
    string Path { get; }

    /// <summary>The names of the files in it, in no order.</summary>
    string[] List();

    /// <summary>Creates an empty file for reading and writing. One of the same name loses the name, and keeps its content for those who hold it.</summary>
    IStorageFile Create(string name);

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    IStorageFile Open(string name);

    /// <summary>Opens an existing file for reading, even while others write it; null if there is no file of that
    /// name.</summary>
    IStorageFile? OpenForReading(string name);

    /// <summary>Renames a file, replacing one that has the new name. Files that are open stay so.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; mappings of it stay readable.</summary>
    void Delete(string name);

    /// <summary>Deletes a file that this process has neither open nor mapped. Its space is given back bit by bit, unless another process has the file open or it has
    /// another name: a large file that goes at once holds up every sync of the disk meanwhile.</summary>
    void DeleteGently(string name);

    /// <summary>Makes the directory's entries durable.</summary>
    void Sync();

    /// <summary>Checks that the directory still stands under its path, and has a file of this name: not so once
    /// somebody has moved, deleted or replaced it.</summary>
    void RequireInPlace(string name)
    {
    }

    /// <summary>Takes the lock that a file of this name stands for, against every other process and every other caller in this one; null if somebody has it.
    /// The death of the process releases it.</summary>
    IDisposable? TryLock(string name);
}
