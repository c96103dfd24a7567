using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace RaftEngine.Storage;

/// <summary>A read-only shared mapping of a real file.</summary>
internal sealed unsafe class FileSystemMapping : IStorageMapping
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;

    public FileSystemMapping(SafeFileHandle file, long length)
    {
        // The view keeps the pages mapped by itself; the mapping object and the file may go.
        using MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _length = length;
        byte* address = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        Address = (nint)address;
    }

    /// <inheritdoc/>
    public nint Address { get; private set; }

    /// <inheritdoc/>
    public void Populate()
    {
        if (OperatingSystem.IsLinux())
        {
            UnixCalls.Populate(Address, _length);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Address != 0)
        {
            Address = 0;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
