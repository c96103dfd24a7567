using System;
using System.Buffers;
using System.Collections.Generic;
using System.Net.Sockets;

namespace RaftEngine.Bench.Measuring;

/// <summary>
/// One direction of a connection through a <see cref="DelayingProxy"/>: pieces, each what one call to receive gave, in the order in which they came, each with the time at
/// which it goes out. It holds up to 64 MiB, so that not TCP's windows but the delay alone limits what is on its way; beyond, it reads no more. One thread.
/// </summary>
/// <param name="source">What is read from; does not block.</param>
/// <param name="destination">What is written to; does not block.</param>
/// <param name="link">What it stands for.</param>
internal sealed class DelayLine(Socket source, Socket destination, Link link)
{
    private const int MaxPieceBytes = 64 << 10;
    private const long MaxHeldBytes = 64 << 20;
    private const int MaxPooledPieces = 1024;

    private readonly ArrayPool<byte> _pool = ArrayPool<byte>.Create(MaxPieceBytes, MaxPooledPieces);
    private readonly Queue<(byte[] Bytes, int Length, long Due)> _pieces = new(); // a length of 0 is the end of the stream
    private readonly Random _random = new();
    private byte[] _buffer = new byte[MaxPieceBytes];
    private long _heldBytes;
    private long _lastDue;
    private int _writtenBytes; // of the first piece
    private bool _hasReadAll;

    /// <summary>True if it waits for bytes.</summary>
    public bool WantsToRead => !_hasReadAll && _heldBytes < MaxHeldBytes;

    /// <summary>True if the destination has no room for what is due.</summary>
    public bool IsHeldUp { get; private set; }

    /// <summary>True once the end of the stream has been passed on.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>When the first piece is due, in ticks of <see cref="System.Diagnostics.Stopwatch"/>; the end of all time if time alone changes nothing.</summary>
    public long NextDue => IsHeldUp || link.IsCut || _pieces.Count == 0 ? long.MaxValue : _pieces.Peek().Due;

    /// <summary>Takes what the source has by now.</summary>
    /// <exception cref="SocketException">The connection has broken.</exception>
    public void Read(long now)
    {
        int received = source.Receive(_buffer, SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        Check(error);
        _hasReadAll = received == 0;
        _heldBytes += received;
        link.Holds(_heldBytes);
        _lastDue = Math.Max(_lastDue, now + link.Delay.DrawTicks(received, _random));
        _pieces.Enqueue((Keep(received), received, _lastDue));
    }

    /// <summary>Passes on what is due, as far as the destination takes it.</summary>
    /// <exception cref="SocketException">The connection has broken.</exception>
    public void Write(long now)
    {
        IsHeldUp = false;
        while (!link.IsCut && !IsHeldUp && _pieces.TryPeek(out (byte[] Bytes, int Length, long Due) piece) && piece.Due <= now)
        {
            if (piece.Length == 0)
            {
                destination.Shutdown(SocketShutdown.Send);
                HasEnded = true;
            }
            else if (!TryWrite(piece.Bytes.AsSpan(0, piece.Length)))
            {
                IsHeldUp = true;
                return;
            }

            _pieces.Dequeue();
            _pool.Return(piece.Bytes);
            _writtenBytes = 0;
        }
    }

    // A small piece is copied to an array of its size, so that a long line of them stays within the caches; a large one keeps the buffer.
    private byte[] Keep(int length)
    {
        if (length > MaxPieceBytes / 2)
        {
            byte[] full = _buffer;
            _buffer = _pool.Rent(MaxPieceBytes);
            return full;
        }

        byte[] bytes = _pool.Rent(length);
        _buffer.AsSpan(0, length).CopyTo(bytes);
        return bytes;
    }

    private bool TryWrite(ReadOnlySpan<byte> piece)
    {
        while (_writtenBytes < piece.Length)
        {
            int sent = destination.Send(piece[_writtenBytes..], SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return false;
            }

            Check(error);
            _writtenBytes += sent;
            _heldBytes -= sent;
        }

        return true;
    }

    private static void Check(SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }
    }
}
