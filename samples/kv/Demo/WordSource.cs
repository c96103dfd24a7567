using System;
using System.IO;
using System.Threading;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>
/// Hands out the words of a text one by one, to any thread, reading the files in chunks as it goes. A word is a longest run of ASCII letters, digits, apostrophes and
/// bytes from 0x80 on (so that letters of other scripts stay together in UTF-8); ASCII letters are folded to lower case, and of a longer word only the first
/// <see cref="MaxWordBytes"/> are kept.
/// </summary>
internal sealed class WordSource : IDisposable
{
    /// <summary>The longest word, in bytes.</summary>
    public const int MaxWordBytes = 64;

    private const int DefaultChunkBytes = 64 << 10;

    /// <summary>By byte: what it is within a word; 0 if it stands between words.</summary>
    private static readonly byte[] Folded = BuildFolded();

    // All of these belong to the holder of the lock.
    private readonly Lock _lock = new();
    private readonly DemoInput _input;
    private readonly byte[] _chunk;
    private FileStream? _file;
    private int _filesOpened;
    private int _next;
    private int _end;

    /// <summary>The words of a text.</summary>
    public WordSource(DemoInput input, int chunkBytes = DefaultChunkBytes)
    {
        _input = input;
        _chunk = new byte[chunkBytes];
    }

    /// <summary>Takes the next word.</summary>
    /// <param name="word">Takes its bytes; at least <see cref="MaxWordBytes"/>.</param>
    /// <returns>Its length in bytes; 0 at the end of the text.</returns>
    public int Take(Span<byte> word)
    {
        lock (_lock)
        {
            int length = 0;
            while (_next < _end || TryReadChunk(midWord: length > 0))
            {
                byte folded = _next < _end ? Folded[_chunk[_next++]] : (byte)0;
                if (folded == 0)
                {
                    if (length > 0)
                    {
                        return length;
                    }
                }
                else if (length < MaxWordBytes)
                {
                    word[length++] = folded;
                }
            }

            return length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>Makes bytes available.</summary>
    /// <param name="midWord">A word has begun: the end of a file ends it, and then there is nothing to read for the moment.</param>
    /// <returns>False at the end of the text.</returns>
    private bool TryReadChunk(bool midWord)
    {
        while (true)
        {
            if (_file is null)
            {
                if (_filesOpened == (long)_input.Files.Count * _input.Repeat)
                {
                    return false;
                }

                string path = _input.Files[_filesOpened++ % _input.Files.Count];
                _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
            }

            _next = 0;
            _end = _file.Read(_chunk);
            if (_end > 0)
            {
                return true;
            }

            _file.Dispose();
            _file = null;
            if (midWord)
            {
                return true;
            }
        }
    }

    private static byte[] BuildFolded()
    {
        byte[] folded = new byte[256];
        for (int b = 0; b < folded.Length; b++)
        {
            folded[b] = b switch
            {
                >= 'a' and <= 'z' or >= '0' and <= '9' or '\'' or >= 0x80 => (byte)b,
                >= 'A' and <= 'Z' => (byte)(b + ('a' - 'A')),
                _ => 0,
            };
        }

        return folded;
    }
}
