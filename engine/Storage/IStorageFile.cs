using System;

namespace RaftEngine.Storage;

/// <summary>
/// One file. What was written is visible to every reader and every mapping at once, and is only certain to survive a loss of power once a <see cref="Sync"/> that
/// began after the write has returned. One thread may sync while another writes.
/// </summary>
internal interface IStorageFile : IDisposable
{
    /// <summary>The file's length, in bytes.</summary>
    long Length { get; }

    /// <summary>Writes all the bytes at an offset, growing the file if need be.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads at an offset until the buffer is full or the file ends.</summary>
    /// <returns>How many bytes were read.</returns>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Makes everything written before durable. Not to be tried again after a failure: the operating system may have dropped what it could not write.</summary>
    void Sync();

    /// <summary>Maps the first bytes of the file for reading. The mapping outlives the file object.</summary>
    IStorageMapping Map(long length);
}
