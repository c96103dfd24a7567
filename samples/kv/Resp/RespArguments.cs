using System;
using System.Buffers;
using System.Text;

namespace RaftEngine.Samples.Kv.Resp;

/// <summary>The arguments of one request, as places in its bytes. One is reused for every request of a connection.</summary>
internal sealed class RespArguments : IDisposable
{
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

    /// <summary>Whether an argument is this word, in any case. The word is given in upper case.</summary>
    public bool Is(int index, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(this[index], word);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_copy.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_copy);
            _copy = [];
        }
    }

    /// <summary>Forgets the request before.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Adds an argument. Room grows with the arguments that have come, not with the number that was announced.</summary>
    internal void Add(int offset, int length)
    {
        if (Count == _places.Length)
        {
            Array.Resize(ref _places, _places.Length * 2);
        }

        _places[Count++] = (offset, length);
    }

    /// <summary>Binds the places to the bytes of the whole request: in place if they lie in one piece, copied if they do not.</summary>
    internal void Bind(in ReadOnlySequence<byte> request)
    {
        if (request.IsSingleSegment)
        {
            _request = request.First;
            return;
        }

        int length = checked((int)request.Length);
        if (_copy.Length < length)
        {
            Dispose();
            _copy = ArrayPool<byte>.Shared.Rent(length);
        }

        request.CopyTo(_copy);
        _request = _copy.AsMemory(0, length);
    }
}
