using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace RaftEngine.Transport;

/// <summary>
/// The connections that others have made to this node, within their bounds. A flood of connections that never say hello displaces only such as
/// have not said hello either, the oldest first: an honest peer needs a moment for its handshake, and gets it.
/// </summary>
internal sealed class IncomingConnections
{
    private readonly int _maxOpen;
    private readonly int _maxHandshaking;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly List<IncomingConnection> _handshaking = []; // Oldest first.
    private readonly HashSet<IncomingConnection> _running = [];
    private int _established;
    private bool _stopped;

    public IncomingConnections(TcpTransportOptions options)
    {
        _maxOpen = options.MaxIncomingConnections;
        _maxHandshaking = options.MaxPendingHandshakes;
    }

    /// <summary>How many connections have not ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>Takes in a connection that has yet to say hello.</summary>
    /// <returns>False if there is no room for it.</returns>
    public bool TryAdmit(IncomingConnection connection)
    {
        IncomingConnection? displaced = null;
        lock (_gate)
        {
            if (_stopped)
            {
                return false;
            }

            if (_handshaking.Count == _maxHandshaking || _handshaking.Count + _established >= _maxOpen)
            {
                if (_handshaking.Count == 0)
                {
                    return false;
                }

                displaced = _handshaking[0];
                _handshaking.RemoveAt(0);
            }

            _handshaking.Add(connection);
            _running.Add(connection);
        }

        displaced?.Close("displaced by newer connections before it had said hello.");
        return true;
    }

    /// <summary>A connection has said its hello.</summary>
    /// <returns>False if it was displaced meanwhile.</returns>
    public bool TryEstablish(IncomingConnection connection)
    {
        lock (_gate)
        {
            if (!_handshaking.Remove(connection))
            {
                return false;
            }

            _established++;
            return true;
        }
    }

    /// <summary>A connection has ended.</summary>
    public void Remove(IncomingConnection connection, bool established)
    {
        lock (_gate)
        {
            _handshaking.Remove(connection);
            _running.Remove(connection);
            _established -= established ? 1 : 0;
        }
    }

    /// <summary>Drops every connection that has begun a frame and does not go on with it. The watchdog.</summary>
    public void CheckProgress(long nowMilliseconds)
    {
        List<IncomingConnection>? stalled = null;
        lock (_gate)
        {
            foreach (IncomingConnection connection in _running)
            {
                if (connection.IsStalled(nowMilliseconds))
                {
                    (stalled ??= []).Add(connection);
                }
            }
        }

        stalled?.ForEach(static connection => connection.Close("a frame was begun and makes no progress."));
    }

    /// <summary>Closes all connections, admits no more, and ends when the last has ended. Called once.</summary>
    public async Task StopAsync()
    {
        List<IncomingConnection> open;
        lock (_gate)
        {
            _stopped = true;
            open = [.. _running];
        }

        foreach (IncomingConnection connection in open)
        {
            connection.Close("this node stops.");
            await connection.Ended.ConfigureAwait(false);
        }
    }
}
