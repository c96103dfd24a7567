using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// Which commands of which clients were applied (Ongaro's thesis §6.3): part of the replicated state, and as deterministic. For each client it keeps the floor that the
/// client has named, and a bit for each of the <see cref="MaxOutstanding"/> sequences from there on; whatever is below the floor was answered.
/// </summary>
internal sealed class ClientSessions
{
    /// <summary>How far above its floor a client may go: the bits of one word. A client that wants more in flight takes several ids.</summary>
    public const int MaxOutstanding = 64;

    /// <summary>How many clients are remembered. They are never forgotten: forgetting one would let a late repeat of its commands through.</summary>
    public const int MaxClients = 1 << 18;

    private readonly Dictionary<ulong, Session> _sessions = [];

    /// <summary>Notes that a command is being applied.</summary>
    /// <returns><see cref="KvOutcome.Done"/> if it is new and must be applied; otherwise why it must not.</returns>
    public KvOutcome Admit(in RetryToken token)
    {
        if (_sessions.Count >= MaxClients && !_sessions.ContainsKey(token.ClientId))
        {
            return KvOutcome.TooManyClients;
        }

        ref Session session = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, token.ClientId, out _);
        if (token.Floor > session.Floor)
        {
            ulong distance = token.Floor - session.Floor;
            session.Applied = distance < MaxOutstanding ? session.Applied >> (int)distance : 0;
            session.Floor = token.Floor;
        }

        if (token.Sequence < session.Floor)
        {
            return KvOutcome.Repeated;
        }

        ulong aboveFloor = token.Sequence - session.Floor;
        if (aboveFloor >= MaxOutstanding)
        {
            return KvOutcome.TooManyOutstanding;
        }

        ulong bit = 1UL << (int)aboveFloor;
        if ((session.Applied & bit) != 0)
        {
            return KvOutcome.Repeated;
        }

        session.Applied |= bit;
        return KvOutcome.Done;
    }

    /// <summary>All of them, as they are.</summary>
    public (ulong ClientId, ulong Floor, ulong Applied)[] ToArray()
    {
        var sessions = new (ulong ClientId, ulong Floor, ulong Applied)[_sessions.Count];
        int i = 0;
        foreach ((ulong clientId, Session session) in _sessions)
        {
            sessions[i++] = (clientId, session.Floor, session.Applied);
        }

        return sessions;
    }

    /// <summary>Takes up a session as it was.</summary>
    public void Restore(ulong clientId, ulong floor, ulong applied) => _sessions[clientId] = new Session { Floor = floor, Applied = applied };

    /// <summary>Forgets all of them.</summary>
    public void Clear() => _sessions.Clear();

    private struct Session
    {
        /// <summary>Every sequence below was answered.</summary>
        public ulong Floor;

        /// <summary>Bit n: sequence floor + n was applied.</summary>
        public ulong Applied;
    }
}
