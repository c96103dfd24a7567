using System;

namespace RaftEngine.Storage;

/// <summary>What a process does with files of which it does not know what its predecessor's syncs came to.</summary>
internal static class StorageRepair
{
    private const int BufferBytes = 64 << 10;

    /// <summary>
    /// Writes what a file holds once more, so that the next sync is sure to put it on disk. After a failed sync, the
    /// operating system considers the data it could not write to be written: a process that reads it after a restart
    /// sees it, but syncing it has no effect, and a loss of power loses it.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte that may not be on disk.</param>
    /// <param name="to">The end of what is to be kept.</param>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    public static void Rewrite(IStorageFile file, long from, long to)
    {
        byte[] buffer = new byte[Math.Clamp(to - from, 0, BufferBytes)];
        while (from < to)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(to - from, buffer.Length));
            int read = file.Read(piece, from);
            if (read == 0)
            {
                return;
            }

            file.Write(piece[..read], from);
            from += read;
        }
    }
}
