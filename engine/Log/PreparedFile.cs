using System;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>A file that will become a segment: of full size, really allocated, mapped, and its name on disk.</summary>
/// <param name="Name">Its name until the segment gets its own.</param>
/// <param name="File">The file.</param>
/// <param name="Mapping">All of it, mapped and touched.</param>
/// <param name="Size">Its size, in bytes.</param>
internal sealed record PreparedFile(string Name, IStorageFile File, IStorageMapping Mapping, int Size) : IDisposable
{
    public void Dispose()
    {
        File.Dispose();
        Mapping.Dispose();
    }
}
