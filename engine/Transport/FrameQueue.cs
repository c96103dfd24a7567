using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using RaftEngine.Protocol;

namespace RaftEngine.Transport;

/// <summary>
/// Frames on their way to one peer: one buffer is filled while the other, taken, is sent. The buffers are pinned, and
/// grow to what the load needs, so that nothing is
/// allocated from then on; what has not been needed for <see cref="SettleTurns"/> turns is given back. Not thread-safe:
/// its owner guards it with a lock, except <see cref="Taken"/>,
/// which belongs to the one who took it until the next <see cref="TryTake"/>.
/// </summary>
internal sealed class FrameQueue
{
    /// <summary>How much may already be pending when a frame comes that exceeds the bound all by itself: such a frame goes too, but nothing joins it.</summary>
    private const int BesideOversizedBytes = 64 << 10;

    private const int InitialBytes = 64 << 10;

    /// <summary>After so many turns, buffers that are more than four times as large as any of these needed shrink. Under
    /// load that is a fifth of a second, in which every size that recurs is seen: fewer would have the buffers shrink and
    /// grow again all the time. At rest it is about a minute.</summary>
    public const int SettleTurns = 4096;

    private readonly Guid _clusterId;
    private readonly ulong _groupId;
    private readonly int _maxPendingBytes;
    private readonly int _retainedBytes;
    private byte[] _filling = Allocate(InitialBytes);
    private byte[] _taken = Allocate(InitialBytes);
    private int _fillingBytes;
    private int _takenBytes;
    private int _turns; // since the sizes were last looked at
    private int _mostBytes; // that one of these needed

    public FrameQueue(RaftIdentity identity, int maxPendingBytes)
    {
        _clusterId = identity.ClusterId;
        _groupId = identity.GroupId;
        _maxPendingBytes = maxPendingBytes;
        _retainedBytes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(maxPendingBytes, InitialBytes));
    }

    /// <summary>Bytes appended and not yet released by the thread that took them.</summary>
    public int PendingBytes => _fillingBytes + _takenBytes;

    /// <summary>The version of the protocol that frames are written in.</summary>
    public ushort Version { get; set; } = FrameFormat.Version;

    /// <summary>The memory of both buffers.</summary>
    public int CapacityBytes => _filling.Length + _taken.Length;

    /// <summary>The frames last taken.</summary>
    public ReadOnlySpan<byte> Taken => _taken.AsSpan(0, _takenBytes);

    /// <summary>Appends a message as a frame.</summary>
    /// <returns>False if it would exceed the bound.</returns>
    public bool TryAppend(in Message message, ReadOnlySpan<byte> body)
    {
        long frameBytes = FrameFormat.HeaderBytes + (long)body.Length;
        if (PendingBytes + frameBytes > Math.Max(_maxPendingBytes, frameBytes + BesideOversizedBytes))
        {
            return false;
        }

        int end = _fillingBytes + (int)frameBytes;
        if (end > _filling.Length)
        {
            Grow(end);
        }

        Span<byte> frame = _filling.AsSpan(_fillingBytes, (int)frameBytes);
        FrameFormat.Write(frame, in message, _clusterId, _groupId, body.Length, Version);
        body.CopyTo(frame[FrameFormat.HeaderBytes..]);
        _fillingBytes = end;
        return true;
    }

    /// <summary>Gives up what was taken, and takes what has gathered since.</summary>
    /// <returns>False if nothing has.</returns>
    public bool TryTake()
    {
        if (_taken.Length > _retainedBytes)
        {
            // An oversized frame went through: its buffer does not stay.
            _taken = Allocate(InitialBytes);
        }

        _takenBytes = 0;
        Settle();
        (_filling, _taken) = (_taken, _filling);
        (_fillingBytes, _takenBytes) = (0, _fillingBytes);
        return _takenBytes > 0;
    }

    /// <summary>Counts turns in which there may have been nothing to take, and gives back what was not needed of late.
    /// While nothing is taken.</summary>
    public void Settle(int turns = 1)
    {
        _mostBytes = Math.Max(_mostBytes, _fillingBytes);
        _turns += turns;
        if (_turns < SettleTurns)
        {
            return;
        }

        int needed = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(InitialBytes, _mostBytes));
        _taken = _taken.Length > 4L * needed ? Allocate(needed) : _taken;
        _filling = _filling.Length > 4L * needed && _fillingBytes == 0 ? Allocate(needed) : _filling;
        (_turns, _mostBytes) = (0, 0);
    }

    /// <summary>Gives up what was taken, and takes nothing.</summary>
    public void GiveUpTaken() => _takenBytes = 0;

    /// <summary>Forgets what has gathered and was not taken.</summary>
    public void DiscardGathered() => _fillingBytes = 0;

    private static byte[] Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        byte[] grown = Allocate((int)BitOperations.RoundUpToPowerOf2((uint)bytes));
        _filling.AsSpan(0, _fillingBytes).CopyTo(grown);
        _filling = grown;
    }
}
