using System;

namespace RaftEngine.Storage;

/// <summary>A file's bytes in memory, read-only, always showing what was last written. Not to be disposed while anybody holds a span over it.</summary>
internal interface IStorageMapping : IDisposable
{
    /// <summary>The address of the file's first byte.</summary>
    nint Address { get; }

    /// <summary>Brings all of it into the process's reach, so that reading it will not fault page by page. Only ever a matter of time, never of content; any thread.</summary>
    void Populate();
}
