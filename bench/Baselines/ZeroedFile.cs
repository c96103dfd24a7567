using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using RaftEngine.Storage;

namespace RaftEngine.Bench.Baselines;

/// <summary>A file that has been written with zeros and synced, in which a baseline then writes round and round: it never pays for a file that grows.</summary>
internal sealed class ZeroedFile : IDisposable
{
    private readonly string _path;
    private long _offset;

    /// <summary>Writes and syncs the zeros.</summary>
    /// <param name="path">Where.</param>
    /// <param name="length">Its size, in bytes.</param>
    /// <param name="pieceBytes">How much is written at once. By default as the log does it: larger pieces make later syncs slower.</param>
    public ZeroedFile(string path, int length, int pieceBytes = 64 << 10)
    {
        _path = path;
        Length = length;
        using (FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            byte[] zeros = new byte[pieceBytes];
            for (long written = 0; written < length; written += zeros.Length)
            {
                stream.Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - written)));
            }

            stream.Flush(flushToDisk: true);
        }

        Handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Its size, in bytes.</summary>
    public long Length { get; }

    /// <summary>Writes behind what was written before; over again from the start once the file is full.</summary>
    /// <param name="bytes">What to write.</param>
    /// <param name="advance">How much further the next write goes.</param>
    public void Write(ReadOnlySpan<byte> bytes, int advance)
    {
        if (_offset + bytes.Length > Length)
        {
            _offset = 0;
        }

        RandomAccess.Write(Handle, bytes, _offset);
        _offset += advance;
    }

    /// <summary>As cheap a sync as there is: fdatasync on Linux.</summary>
    public void Sync()
    {
        if (OperatingSystem.IsLinux())
        {
            UnixCalls.SyncData(Handle, _path);
        }
        else
        {
            RandomAccess.FlushToDisk(Handle);
        }
    }

    public void Dispose() => Handle.Dispose();
}
