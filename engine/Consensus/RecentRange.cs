using System;

namespace RaftEngine.Consensus;

/// <summary>
/// The least and the most of what was measured in the last one to two seconds, of which two halves are kept: the one that fills, and the one before it. Long enough for a queue
/// to drain now and then; short enough that a route which has become longer is not held to what it was.
/// </summary>
internal struct RecentRange
{
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(1);

    private (long Least, long Most) _before;
    private (long Least, long Most) _filling;
    private TimeSpan _filledAt;
    private bool _hasAny;

    /// <summary>The least; 0 if nothing has been measured.</summary>
    public readonly long Least => Math.Min(_before.Least, _filling.Least);

    /// <summary>The most; 0 if nothing has been measured.</summary>
    public readonly long Most => Math.Max(_before.Most, _filling.Most);

    /// <summary>Takes in one more.</summary>
    /// <param name="value">What was measured.</param>
    /// <param name="now">The time.</param>
    public void Add(long value, TimeSpan now)
    {
        if (!_hasAny || now >= _filledAt)
        {
            _before = _hasAny ? _filling : (value, value);
            _filling = (value, value);
            _filledAt = now + Half;
            _hasAny = true;
            return;
        }

        _filling = (Math.Min(_filling.Least, value), Math.Max(_filling.Most, value));
    }
}
