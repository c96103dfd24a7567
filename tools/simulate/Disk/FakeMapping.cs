using RaftEngine.Storage;

namespace RaftEngine.Simulate.Disk;

/// <summary>A mapping of a file of a <see cref="FakeDisk"/>: its content itself, which lives as long as the disk.</summary>
internal sealed class FakeMapping(nint address) : IStorageMapping
{
    public nint Address { get; private set; } = address;

    public void Populate()
    {
    }

    public void Dispose() => Address = 0;
}
