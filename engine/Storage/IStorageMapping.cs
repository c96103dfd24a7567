using System;

namespace RaftEngine.Storage;

/// <summary>A file's bytes in memory, read-only, always showing what was last written. Not to be disposed while anybody holds a span over it.</summary>
internal interface IStorageMapping : IDisposable
{
    /// <summary>The address of the file's first byte.</summary>
    nint Address { get; }

    /// <summary>Brings all of it into the process's reach, so that reading it will not fault page by page. Only ever a matter of time, never of content; any thread.</summary>
    void Populate();

    /// <summary>Does the same for a part of it, which starts at the beginning of a page.</summary>
    void Populate(long offset, long length)
    {
    }

    /// <summary>Takes a part of it, which starts at the beginning of a page, out of the process's memory, until it is read again.</summary>
    void Release(long offset, long length)
    {
    }
}
