using RaftEngine.Storage;

namespace RaftEngine.Simulate.Disk;

/// <summary>A mapping of a file of a <see cref="FakeDisk"/>: its content itself, which lives as long as the disk, or
/// until it can no longer be reached.</summary>
internal sealed class FakeMapping(DiskFile file) : IStorageMapping
{
    public nint Address { get; private set; } = file.Address;

    public void Populate()
    {
    }

    public void Dispose()
    {
        if (Address != 0)
        {
            Address = 0;
            file.Release();
        }
    }
}
