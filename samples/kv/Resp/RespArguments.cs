using System;
using System.Buffers;
using System.Text;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>The arguments of one request, as places in its bytes. One is reused for every request of a
/// connection.</summary>
internal sealed class RespArguments : IDisposable
{
    // What is kept for the next request; more is given back after each.
    private const int KeptPlaces = 1024;
    private const int KeptBytes = 64 << 10;

    private (int Offset, int Length)[] _places = new (int Offset, int Length)[16];
    private ReadOnlyMemory<byte> _request;
    private byte[] _copy = [];

    /// <summary>How many there are, the command's name included.</summary>
    public int Count { get; private set; }

    /// <summary>The request's length, in bytes.</summary>
    public int RequestBytes => _request.Length;

    /// <summary>An argument; 0 is the command's name. Valid until the request's buffer is given back.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            (int offset, int length) = _places[index];
            return _request.Span.Slice(offset, length);
        }
    }

    /// <summary>True if an argument is this word, in any case. The word is given in upper case.</summary>
    public bool Is(int index, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(this[index], word);

    /// <summary>An argument as text, byte by byte.</summary>
    public string Text(int index) => Encoding.Latin1.GetString(this[index]);

    /// <summary>The arguments as those of a call of the store.</summary>
    /// <param name="skip">How many come before the one that stands for the name, as for a subcommand.</param>
    public KvArguments AsCall(int skip = 0) => new(_request.Span, _places.AsSpan(skip, Count - skip));

    /// <summary>The same arguments in bytes of their own.</summary>
    public RespArguments Copy() => new() { _places = _places[..Count], Count = Count, _request = _request.ToArray() };

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_copy.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_copy);
            _copy = [];
        }
    }

    /// <summary>Gives back what only a large request needed.</summary>
    public void Release()
    {
        if (_copy.Length > KeptBytes)
        {
            Dispose();
        }

        if (_places.Length > KeptPlaces)
        {
            _places = new (int Offset, int Length)[KeptPlaces];
        }

        Count = 0;
    }

    /// <summary>Forgets the request before.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Forgets the bytes of the request before: those of the next are bound when all have come.</summary>
    internal void Unbind() => _request = default;

    /// <summary>Adds an argument. Room grows with the arguments that have come, not with the number that was
    /// announced.</summary>
    internal void Add(int offset, int length)
    {
        if (Count == _places.Length)
        {
            Array.Resize(ref _places, _places.Length * 2);
        }

        _places[Count++] = (offset, length);
    }

    /// <summary>Binds the places to the bytes of the whole request: in place if they lie in one piece, copied if they
    /// do not.</summary>
    internal void Bind(in ReadOnlySequence<byte> request)
    {
        if (request.IsSingleSegment)
        {
            _request = request.First;
            return;
        }

        Span<byte> copy = Rent(checked((int)request.Length));
        request.CopyTo(copy);
    }

    /// <summary>Binds the places to bytes that are still to be written.</summary>
    /// <param name="length">How many.</param>
    /// <returns>Where to write them.</returns>
    internal Span<byte> Rent(int length)
    {
        if (_copy.Length < length)
        {
            Dispose();
            _copy = ArrayPool<byte>.Shared.Rent(length);
        }

        _request = _copy.AsMemory(0, length);
        return _copy.AsSpan(0, length);
    }
}
