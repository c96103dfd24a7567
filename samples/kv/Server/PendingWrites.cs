using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>The proposals of one connection that have not been answered, in the order of their requests. Bounded in
/// number and in bytes.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Each value task is awaited once: it is taken out of the queue for that.")]
internal sealed class PendingWrites
{
    /// <summary>How many proposals one connection may have in flight.</summary>
    public const int MaxCount = 1024;

    /// <summary>How many bytes of proposals one connection may have in flight; a single larger one still goes,
    /// alone.</summary>
    public const int MaxBytes = 256 << 10;

    private (ValueTask<Applied<KvResult>> Proposal, int Slot)[] _proposals = new (ValueTask<Applied<KvResult>> Proposal, int Slot)[16];
    private int _taken;
    private int _count;
    private int _bytes;

    /// <summary>Whether none is left.</summary>
    public bool IsEmpty => _taken == _count;

    /// <summary>Whether a command of this length may join those in flight.</summary>
    public bool HasRoomFor(int commandBytes) => IsEmpty || (_count < MaxCount && _bytes + commandBytes <= MaxBytes);

    /// <summary>Puts a proposal at the end.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <param name="commandBytes">The length of its command.</param>
    /// <param name="slot">The slot that its client is sent to the leader with; -1 if it is not.</param>
    public void Add(ValueTask<Applied<KvResult>> proposal, int commandBytes, int slot)
    {
        if (_count == _proposals.Length)
        {
            Array.Resize(ref _proposals, _proposals.Length * 2);
        }

        _proposals[_count++] = (proposal, slot);
        _bytes += commandBytes;
    }

    /// <summary>Takes the oldest one out; it is to be awaited.</summary>
    public (ValueTask<Applied<KvResult>> Proposal, int Slot) Take()
    {
        (ValueTask<Applied<KvResult>> Proposal, int Slot) oldest = _proposals[_taken];
        _proposals[_taken++] = default;
        if (_taken == _count)
        {
            _taken = 0;
            _count = 0;
            _bytes = 0;
        }

        return oldest;
    }
}
