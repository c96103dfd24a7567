using System.Collections.Generic;
using System.Threading;

namespace RaftEngine.Transport;

/// <summary>
/// The connections that others have made to this node, within their bounds. A flood of connections that never say hello displaces only such as
/// have not said hello either, the oldest first: an honest peer needs a moment for its handshake, and gets it. The poll thread, except <see cref="Count"/>.
/// </summary>
internal sealed class IncomingConnections(TcpTransportOptions options)
{
    private readonly List<IncomingConnection> _handshaking = []; // Oldest first.
    private int _established;
    private int _count;

    /// <summary>How many connections have not ended. Any thread.</summary>
    public int Count => Volatile.Read(ref _count); // Pairs with the writes in UpdateCount; nothing else depends on it.

    /// <summary>Takes in a connection that has yet to say hello.</summary>
    /// <returns>False if there is no room for it.</returns>
    public bool TryAdmit(IncomingConnection connection)
    {
        if (_handshaking.Count == options.MaxPendingHandshakes || _handshaking.Count + _established >= options.MaxIncomingConnections)
        {
            if (_handshaking.Count == 0)
            {
                return false;
            }

            _handshaking[0].Close("displaced by newer connections before it had said hello.");
        }

        _handshaking.Add(connection);
        UpdateCount();
        return true;
    }

    /// <summary>True if a peer may have a second connection, for control messages: none is taken that would leave others no room for their first.</summary>
    public bool HasRoomForControl => _established + options.Peers.Count < options.MaxIncomingConnections;

    /// <summary>A connection has said its hello.</summary>
    public void Establish(IncomingConnection connection)
    {
        _handshaking.Remove(connection);
        _established++;
    }

    /// <summary>A connection has ended.</summary>
    public void Remove(IncomingConnection connection)
    {
        if (!_handshaking.Remove(connection))
        {
            _established--;
        }

        UpdateCount();
    }

    private void UpdateCount() => Volatile.Write(ref _count, _handshaking.Count + _established);
}
