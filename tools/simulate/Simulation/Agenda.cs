using System;
using System.Collections.Generic;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What is to happen, and when, on the one true clock that no node can see. What is to happen at the same time happens in an order drawn from the seed.</summary>
internal sealed class Agenda(Draw draw)
{
    /// <summary>So much happens within a second only if somebody spins. Time then hardly passes, and the simulation would never end.</summary>
    private const int MostInASecond = 20_000;

    private readonly PriorityQueue<Action, Moment> _entries = new();
    private ulong _number;
    private long _secondBegan;
    private int _inThisSecond;

    /// <summary>The true time, in ticks of 100 ns from the start.</summary>
    public long Now { get; private set; }

    /// <summary>When the next thing happens; <see cref="long.MaxValue"/> if nothing does.</summary>
    public long NextAt => _entries.TryPeek(out _, out Moment moment) ? moment.At : long.MaxValue;

    /// <summary>Has something happen at a time, or now if that is past.</summary>
    public void At(long time, Action what) => _entries.Enqueue(what, new Moment(Math.Max(time, Now), draw.Next(), _number++));

    /// <summary>Has something happen after so many ticks.</summary>
    public void In(long ticks, Action what) => At(Now + ticks, what);

    /// <summary>Lets the next thing happen.</summary>
    /// <exception cref="ViolationException">Time hardly passes.</exception>
    public void Step()
    {
        if (_entries.TryDequeue(out Action? what, out Moment moment))
        {
            if (moment.At - _secondBegan >= TimeSpan.TicksPerSecond)
            {
                _secondBegan = moment.At;
                _inThisSecond = 0;
            }

            if (_inThisSecond++ == MostInASecond)
            {
                throw new ViolationException($"Somebody spins: from {_secondBegan / 1e7:F3} s to {Now / 1e7:F3} s {MostInASecond} things have happened.");
            }

            Now = moment.At;
            what();
        }
    }

    private readonly record struct Moment(long At, ulong Order, ulong Number) : IComparable<Moment>
    {
        public int CompareTo(Moment other) =>
            At != other.At ? At.CompareTo(other.At) : Order != other.Order ? Order.CompareTo(other.Order) : Number.CompareTo(other.Number);
    }
}
