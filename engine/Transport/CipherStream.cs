using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// The encrypted side of a TLS connection, over a socket that never blocks. A read that finds nothing stays pending.
/// <see cref="TryContinueRead"/> completes it, and the continuation runs inside that call, on its thread. Writes are
/// buffered until <see cref="TryFlush"/>.
/// </summary>
internal sealed class CipherStream(Socket socket, Gate gate) : Stream, IValueTaskSource<int>
{
    private const int RecordHeaderBytes = 5;
    private const byte FirstByteOfTls = 0x16; // A handshake record: RFC 8446 §5.1.

    // The thread that reads.
    private ManualResetValueTaskSourceCore<int> _read; // Continuations run inline: the default.
    private Memory<byte> _wanted;
    private bool _hasReceived;
    private int _headerBytes;  // received of the current record's header: RFC 8446 §5.1
    private int _length;       // from that header
    private int _leftOfRecord; // bytes still to come, once the header is complete
    private int _records;      // complete ones since BeginEmpty

    // Set by the thread that reads, and looked at by TlsChannel on its own thread after that.
    private volatile bool _isWaiting;

    // Under the gate.
    private byte[] _unsent = [];
    private int _unsentStart;
    private int _unsentEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>True while a read waits for the socket to become readable.</summary>
    public bool IsWaiting => _isWaiting;

    /// <summary>True if exactly one record was received since <see cref="BeginEmpty"/>: decrypting it leaves nothing buffered.
    /// The thread that reads.</summary>
    public bool HasGivenOneRecord => _records == 1 && _headerBytes == 0;

    /// <summary>Notes that every complete record was decrypted. The thread that reads.</summary>
    public void BeginEmpty() => _records = 0;

    /// <summary>True if the first byte that came is not TLS.</summary>
    public bool IsPlaintext { get; private set; }

    /// <summary>True while something waits for the socket to become writable.</summary>
    public bool HasUnsent
    {
        get
        {
            using (gate.Enter())
            {
                return _unsentEnd > 0;
            }
        }
    }

    /// <summary>Ends the pending read, if there is one and something has come.</summary>
    public void TryContinueRead()
    {
        if (!_isWaiting)
        {
            return;
        }

        int received = Receive(_wanted.Span, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        _isWaiting = false;
        if (error == SocketError.Success)
        {
            _read.SetResult(received);
        }
        else
        {
            _read.SetException(Failure(error));
        }
    }

    /// <summary>Gives the socket what was written.</summary>
    /// <returns>True if it took everything.</returns>
    public bool TryFlush(out SocketError error)
    {
        using (gate.Enter())
        {
            error = SocketError.Success;
            while (_unsentStart < _unsentEnd)
            {
                int sent = socket.Send(_unsent.AsSpan(_unsentStart.._unsentEnd), SocketFlags.None, out error);
                if (error != SocketError.Success)
                {
                    return false;
                }

                _unsentStart += sent;
            }

            (_unsentStart, _unsentEnd) = (0, 0);
            return true;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int received = Receive(buffer.Span, out SocketError error);
        if (error == SocketError.Success)
        {
            return new ValueTask<int>(received);
        }

        if (error != SocketError.WouldBlock)
        {
            return ValueTask.FromException<int>(Failure(error));
        }

        _read.Reset();
        _wanted = buffer;
        _isWaiting = true;
        return new ValueTask<int>(this, _read.Version);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        using (gate.Enter())
        {
            if (_unsentEnd + buffer.Length > _unsent.Length)
            {
                Array.Resize(ref _unsent, Math.Max(2 * _unsent.Length, _unsentEnd + buffer.Length));
            }

            buffer.CopyTo(_unsent.AsSpan(_unsentEnd));
            _unsentEnd += buffer.Length;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private static IOException Failure(SocketError error)
    {
        SocketException cause = new((int)error);
        return new IOException(cause.Message, cause);
    }

    private int Receive(Span<byte> destination, out SocketError error)
    {
        int received = socket.Receive(destination, SocketFlags.None, out error);
        if (!_hasReceived && received > 0)
        {
            _hasReceived = true;
            IsPlaintext = destination[0] != FirstByteOfTls;
        }

        if (received > 0)
        {
            CountRecords(destination[..received]);
        }

        return received;
    }

    private void CountRecords(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_headerBytes < RecordHeaderBytes)
            {
                // The last two bytes of a header are the length of what follows, big-endian.
                _length = ((_length << 8) | bytes[0]) & ushort.MaxValue;
                _leftOfRecord = ++_headerBytes == RecordHeaderBytes ? _length : 0;
                bytes = bytes[1..];
            }
            else
            {
                int count = Math.Min(_leftOfRecord, bytes.Length);
                _leftOfRecord -= count;
                bytes = bytes[count..];
            }

            if (_headerBytes == RecordHeaderBytes && _leftOfRecord == 0)
            {
                _headerBytes = 0;
                _records++;
            }
        }
    }
}
