using System;
using System.Threading;
using RaftEngine.Log;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>The fingerprint of this replica's state at the index where it was last asked for. The apply thread takes it and
/// compares it with the leader's; the loop of a leader reads it.</summary>
internal sealed class StateFingerprint(IFingerprintedState state)
{
    private long _agreedIndex; // the apply thread's
    private ulong _value;
    private long _index;       // published by the apply thread after the value; 0: none

    /// <summary>Applies an entry of kind <see cref="EntryKind.Fingerprint"/>. The apply thread's.</summary>
    /// <exception cref="StateDivergedException">The leader's state was another.</exception>
    public void Apply(in LogRecord record)
    {
        if (!FingerprintFormat.TryRead(record.Payload, out long index, out ulong expected))
        {
            throw new InvalidOperationException($"Entry {record.Index} of term {record.Term} cannot be read as one about a fingerprint.");
        }

        if (index == 0)
        {
            _value = state.Fingerprint();
            Volatile.Write(ref _index, record.Index); // release: the value comes first; pairs with the acquire in TryGet
        }
        else if (index == _index && _value != expected)
        {
            throw new StateDivergedException(_agreedIndex, index, expected, _value);
        }
        else if (index == _index)
        {
            _agreedIndex = index;
        }
    }

    /// <summary>Forgets what was taken: the state was replaced. The apply thread's.</summary>
    public void Clear() => (_index, _agreedIndex) = (0, 0);

    /// <summary>The fingerprint that was taken at the index where the loop, as leader, asked last. It does not change while the
    /// loop asks nothing else and leads. The loop's.</summary>
    public bool TryGet(long index, out ulong value)
    {
        bool isThere = Volatile.Read(ref _index) == index; // acquire: pairs with the release in Apply
        value = _value;
        return isThere;
    }
}
