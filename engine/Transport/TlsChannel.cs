using System;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// A connection under TLS. Its handshake is made in steps on the <see cref="TlsThread"/>, which alone uses it while
/// <see cref="IsStepping"/>; from then on it is used as any channel.
/// </summary>
internal sealed class TlsChannel : IChannel
{
    /// <summary>Bytes encrypted at once: four records of the largest size.</summary>
    private const int ChunkBytes = 64 << 10;

    private const int LargestRecordBytes = 16 << 10; // RFC 8446 §5.1

    private readonly Socket _socket;
    private readonly Func<TlsChannel, SslStream, Task> _authenticate;
    private readonly Gate _gate = new();
    private readonly CipherStream _cipher;
    private readonly SslStream _tls;

    private Task? _authentication; // the TLS thread's
    private int _isStepping;       // 1: the TLS thread's turn
    private bool _isDisposed;      // written under the gate

    // The poll thread, once it is secured.
    private byte[] _plain = [];
    private int _plainStart;
    private int _plainEnd;
    private ValueTask<int> _read;
    private bool _isReading; // _read is pending

    // The thread that sends.
    private int _owedBytes; // encrypted, and not yet with the system in full

    /// <summary>A connection whose handshake has yet to be made.</summary>
    /// <param name="socket">Its socket, which is the channel's from now on.</param>
    /// <param name="authenticate">Makes the handshake. The TLS thread.</param>
    public TlsChannel(Socket socket, Func<TlsChannel, SslStream, Task> authenticate)
    {
        _socket = socket;
        _authenticate = authenticate;
        _cipher = new CipherStream(socket, _gate);
        _tls = new SslStream(_cipher);
    }

    /// <summary>True while the TLS thread has it: nothing else may be called but <see cref="Dispose"/>.</summary>
    public bool IsStepping => Volatile.Read(ref _isStepping) != 0; // acquire: pairs with the release in Step

    /// <summary>True once the handshake is made.</summary>
    public bool IsSecured { get; private set; }

    /// <summary>Why the handshake, or a later read, has failed.</summary>
    public string? Failure { get; set; }

    /// <summary>The other end's certificate, once it is secured.</summary>
    public X509Certificate2? PeerCertificate => _tls.RemoteCertificate as X509Certificate2;

    /// <summary>What the handshake waits for, between two steps.</summary>
    public PollEvents Interest => _cipher.HasUnsent ? PollEvents.Readable | PollEvents.Writable : PollEvents.Readable;

    public bool MayHoldMore => _plainStart < _plainEnd || !(_isReading || _cipher.HasGivenOneRecord);

    /// <summary>Hands it to the TLS thread. The poll thread, which no longer watches the socket.</summary>
    public void BeginStep() => Volatile.Write(ref _isStepping, 1); // pairs with the read in IsStepping, by the same thread

    /// <summary>Goes on with the handshake as far as what has come allows, unless the connection was closed meanwhile. The TLS
    /// thread.</summary>
    public void Step()
    {
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this); // a flood's: it costs nothing more
            GoOn();
        }
#pragma warning disable CA1031 // Whatever it is, there is no connection: the poll thread gives it up.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failure ??= _cipher.IsPlaintext
                ? $"it speaks plaintext, and this node TLS: give both {nameof(TcpTransportOptions)}.{nameof(TcpTransportOptions.Tls)}."
                : $"the TLS handshake failed: {(exception.InnerException ?? exception).Message}";
        }

        using (_gate.Enter())
        {
            Volatile.Write(ref _isStepping, 0); // release: what was done comes first; pairs with the read in IsStepping
            if (_isDisposed)
            {
                _tls.Dispose();
            }
        }
    }

    public int Receive(Span<byte> destination, out SocketError error)
    {
        if (_plainStart == _plainEnd && !TryDecrypt(out error))
        {
            return 0;
        }

        error = SocketError.Success;
        int count = Math.Min(destination.Length, _plainEnd - _plainStart);
        _plain.AsSpan(_plainStart, count).CopyTo(destination);
        _plainStart += count;
        return count;
    }

    public int Send(ReadOnlySpan<byte> source, out SocketError error)
    {
        using (_gate.Enter())
        {
            try
            {
                if (_owedBytes == 0)
                {
                    ObjectDisposedException.ThrowIf(_isDisposed, this);
                    int count = Math.Min(source.Length, ChunkBytes);
                    _tls.Write(source[..count]);
                    _owedBytes = count;
                }

                if (!_cipher.TryFlush(out error))
                {
                    return 0;
                }
            }
#pragma warning disable CA1031 // Whatever it is, the connection has ended: the caller lets go of it.
            catch (Exception)
#pragma warning restore CA1031
            {
                error = SocketError.OperationAborted;
                return 0;
            }

            int sent = _owedBytes;
            _owedBytes = 0;
            return sent;
        }
    }

    public string Describe(SocketError error) => Failure ?? new SocketException((int)error).Message;

    /// <summary>Ends the connection. A step or a send under way notices.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        using (_gate.Enter())
        {
            Volatile.Write(ref _isDisposed, true); // pairs with the read in Step, which may miss it and then fails on the socket
            if (!IsStepping)
            {
                _tls.Dispose();
            }
        }
    }

    private void GoOn()
    {
        if (_authentication is null)
        {
            _authentication = _authenticate(this, _tls);
        }
        else
        {
            _cipher.TryContinueRead();
        }

        // It runs on this thread from one read to the next. Should the runtime have moved it to another one, the next
        // read or its end is near.
        while (!_authentication.IsCompleted && !_cipher.IsWaiting)
        {
            Thread.Sleep(1);
        }

        bool isFlushed = _cipher.TryFlush(out SocketError error); // an alert, too
        if (_authentication.IsCompleted)
        {
            _authentication.GetAwaiter().GetResult();
            IsSecured = isFlushed;
        }

        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new SocketException((int)error);
        }
    }

    private bool TryDecrypt(out SocketError error)
    {
        error = SocketError.Success;
        try
        {
            if (_isReading)
            {
                _cipher.TryContinueRead();
            }
            else
            {
                if (_cipher.HasGivenOneRecord)
                {
                    _cipher.BeginEmpty(); // that one was decrypted by the read before
                }

                _plain = _plain.Length == 0 ? GC.AllocateUninitializedArray<byte>(LargestRecordBytes) : _plain;
#pragma warning disable CA2012 // It is consumed once, below, when it has completed.
                _read = _tls.ReadAsync(_plain);
#pragma warning restore CA2012
                _isReading = true;
            }

            if (!_read.IsCompleted)
            {
                _cipher.BeginEmpty(); // what is left is a part of a record
                error = SocketError.WouldBlock;
                return false;
            }

            _isReading = false;
            (_plainStart, _plainEnd) = (0, _read.GetAwaiter().GetResult());
        }
#pragma warning disable CA1031 // Whatever it is, the connection has ended: the caller closes it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _isReading = false;
            (_plainStart, _plainEnd) = (0, 0);
            Failure ??= (exception.InnerException ?? exception).Message;
            error = SocketError.ConnectionReset;
        }

        return _plainEnd > 0;
    }
}
