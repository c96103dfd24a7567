using System;

namespace RaftEngine.Transport;

/// <summary>Gathers the bytes of one hello, and of what follows it, as they come. It asks for no byte behind them.</summary>
internal sealed class HelloReader
{
    private readonly byte[] _bytes = new byte[HelloFormat.Bytes + HandshakeFormat.MaxBytes];
    private int _received;
    private int _expected = HelloFormat.Bytes;

    /// <summary>Where the next bytes go; empty once all have come.</summary>
    public Span<byte> Free => _bytes.AsSpan(_received, _expected - _received);

    /// <summary>True if what came begins as TLS does.</summary>
    public bool IsTls => _received > 1 && _bytes[0] == 0x16 && _bytes[1] == 0x03; // RFC 8446 §5.1: a handshake record

    /// <summary>Begins with another hello.</summary>
    public void Reset()
    {
        _received = 0;
        _expected = HelloFormat.Bytes;
    }

    /// <summary>Bytes have come.</summary>
    /// <param name="count">How many.</param>
    /// <param name="hello">The hello, once all of it is there; default if it is not an intact one.</param>
    /// <returns>False while bytes are missing.</returns>
    public bool Add(int count, out Hello hello)
    {
        _received += count;
        hello = default;
        if (_received < _expected)
        {
            return false;
        }

        if (!HelloFormat.TryRead(_bytes, out Hello read, out int handshakeBytes))
        {
            return true;
        }

        if (_expected < HelloFormat.Bytes + handshakeBytes)
        {
            _expected = HelloFormat.Bytes + handshakeBytes;
            return false;
        }

        if (handshakeBytes == 0)
        {
            hello = read;
        }
        else if (HandshakeFormat.TryRead(_bytes.AsSpan(HelloFormat.Bytes, handshakeBytes), out RaftHandshake? handshake))
        {
            hello = read with { Identity = read.Identity with { Handshake = handshake } };
        }

        return true;
    }
}
