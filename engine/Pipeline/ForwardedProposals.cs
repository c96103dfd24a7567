using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace RaftEngine.Pipeline;

/// <summary>
/// The proposals that were sent to the leader and that it has not answered, by their numbers: a ring. Each ends in time: answered, or unknown. The loop's.
/// </summary>
internal sealed class ForwardedProposals
{
    private readonly RaftOptions _options;
    private readonly Place[] _byNumber;
    private readonly ulong _mask;

    // Every proposal's number is at least _oldest and less than _next; the one at _oldest is there, unless there is none at all.
    private ulong _oldest;
    private ulong _next;
    private int _bytes;

    /// <summary>Room for proposals.</summary>
    /// <param name="options">The node's options.</param>
    /// <param name="firstNumber">The first number.</param>
    public ForwardedProposals(RaftOptions options, ulong firstNumber)
    {
        _options = options;

        // Twice, because some are answered before others that were sent earlier.
        _byNumber = new Place[BitOperations.RoundUpToPowerOf2((uint)options.MaxInflightProposals * 2)];
        _mask = (ulong)_byNumber.Length - 1;
        _oldest = firstNumber;
        _next = firstNumber;
    }

    /// <summary>True if there is none.</summary>
    public bool IsEmpty => _oldest == _next;

    /// <summary>When the next ends, if it is not answered before.</summary>
    public TimeSpan NextDeadline => IsEmpty ? TimeSpan.MaxValue : At(_oldest).SentAt + _options.ElectionTimeout;

    /// <summary>Whether one more may be sent.</summary>
    /// <param name="bytes">The length of its command.</param>
    /// <param name="overload">Which bound is reached, if it may not.</param>
    public bool HasRoomFor(int bytes, [NotNullWhen(false)] out RaftOverloadedException? overload)
    {
        overload = At(_next).Proposal is not null ? new RaftOverloadedException(nameof(RaftOptions.MaxInflightProposals), _options.MaxInflightProposals)
            : !IsEmpty && _bytes + bytes > _options.MaxInflightBytes ? new RaftOverloadedException(nameof(RaftOptions.MaxInflightBytes), _options.MaxInflightBytes)
            : null;
        return overload is null;
    }

    /// <summary>A number that no other has, or had; higher than all before.</summary>
    public ulong TakeNumber()
    {
        ulong number = _next++;
        Advance();
        return number;
    }

    /// <summary>Notes a proposal that has been sent.</summary>
    /// <param name="number">The number that was taken last.</param>
    /// <param name="proposal">The proposal.</param>
    /// <param name="bytes">The length of its command.</param>
    /// <param name="now">The time, which never goes back.</param>
    public void Add(ulong number, Operation proposal, int bytes, TimeSpan now)
    {
        _oldest = IsEmpty ? number : _oldest;
        At(number) = new Place(proposal, bytes, now);
        _bytes += bytes;
    }

    /// <summary>Takes a proposal that is answered.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="sentAt">When it was sent, as the answer says.</param>
    /// <returns>Null if it has ended before.</returns>
    public Operation? Take(ulong number, TimeSpan sentAt)
    {
        if (number < _oldest || number >= _next || At(number).SentAt != sentAt)
        {
            return null;
        }

        return Take(number);
    }

    /// <summary>Goes on with a higher number: the leader has taken higher ones from this node, of an earlier run.</summary>
    /// <param name="taken">The highest that the leader has taken.</param>
    public void SkipTo(ulong taken)
    {
        if (taken >= _next)
        {
            EndAll(null);
            _oldest = taken + 1;
            _next = taken + 1;
        }
    }

    /// <summary>Ends those that were sent an election timeout ago.</summary>
    /// <param name="now">The time.</param>
    public void EndExpired(TimeSpan now)
    {
        while (now >= NextDeadline)
        {
            Take(_oldest)!.FailUnknown();
        }
    }

    /// <summary>Ends all: no answers will come any more.</summary>
    /// <param name="cause">The error behind it, if there is one.</param>
    public void EndAll(Exception? cause)
    {
        while (!IsEmpty)
        {
            Take(_oldest)!.FailUnknown(cause);
        }
    }

    private Operation? Take(ulong number)
    {
        Place place = At(number);
        At(number) = default;
        _bytes -= place.Bytes;
        Advance();
        return place.Proposal;
    }

    private void Advance()
    {
        while (_oldest < _next && At(_oldest).Proposal is null)
        {
            _oldest++;
        }
    }

    private ref Place At(ulong number) => ref _byNumber[number & _mask];

    private readonly record struct Place(Operation? Proposal, int Bytes, TimeSpan SentAt);
}
