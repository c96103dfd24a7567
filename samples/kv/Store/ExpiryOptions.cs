using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The options of SET and GETEX, in any order: conditions, and when the key ends.</summary>
internal ref struct ExpiryOptions
{
    private ReadOnlySpan<byte> _end;
    private bool _isSeconds;
    private bool _isMoment;

    public bool IfMissing { get; private set; }

    public bool IfPresent { get; private set; }

    public bool ReturnsOld { get; private set; }

    public bool KeepsEnd { get; private set; }

    /// <summary>PERSIST of GETEX.</summary>
    public bool Persists { get; private set; }

    /// <summary>The argument that the value must equal; 0 for none.</summary>
    public int ExpectedIndex { get; private set; }

    /// <summary>True if one of the options says when the key ends.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>An end given by itself, as in SETEX.</summary>
    public static ExpiryOptions Of(ReadOnlySpan<byte> end, bool isSeconds) => new() { _end = end, _isSeconds = isSeconds, HasEnd = true };

    /// <summary>Reads the options.</summary>
    /// <returns>False if they cannot be understood.</returns>
    public static bool TryParse(KvArguments arguments, int first, bool isGetEx, out ExpiryOptions options)
    {
        options = default;
        for (int i = first; i < arguments.Count; i++)
        {
            bool last = i + 1 == arguments.Count;
            if (options.TryTakeEnd(arguments, i, last))
            {
                i++;
            }
            else if (isGetEx)
            {
                if (!arguments.Is(i, "PERSIST"u8) || options.HasEnd)
                {
                    return false;
                }

                options.Persists = true;
            }
            else if (arguments.Is(i, "IFEQ"u8) && !last && !options.HasCondition)
            {
                options.ExpectedIndex = ++i;
            }
            else if (!options.TryTakeFlag(arguments, i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Works out when the key ends.</summary>
    /// <param name="time">The time now.</param>
    /// <param name="command">The command's name, for the error.</param>
    /// <param name="expiry">The end; null if there is none, or it has passed.</param>
    /// <param name="isOver">True if it has passed.</param>
    /// <returns>Null, or the error to answer.</returns>
    public readonly KvResult? Resolve(LogTime time, string command, out KvExpiry? expiry, out bool isOver)
    {
        expiry = null;
        isOver = false;
        if (!HasEnd)
        {
            return null;
        }

        if (!KvValue.TryParseInteger(_end, out long value))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        bool fits = value > 0 && (!_isSeconds || value <= long.MaxValue / 1000);
        long milliseconds = _isSeconds && fits ? value * 1000 : value;
        if (!fits || (!_isMoment && milliseconds > long.MaxValue - time.Unix))
        {
            return KvResult.Error($"ERR invalid expire time in '{command}' command");
        }

        isOver = _isMoment && milliseconds <= time.Unix;
        expiry = isOver ? null : _isMoment ? KvExpiry.At(milliseconds, time) : KvExpiry.After(milliseconds, time);
        return null;
    }

    private readonly bool HasCondition => IfMissing || IfPresent || ExpectedIndex != 0;

    private bool TryTakeEnd(KvArguments arguments, int i, bool last)
    {
        bool isSeconds = arguments.Is(i, "EX"u8) || arguments.Is(i, "EXAT"u8);
        bool isEnd = isSeconds || arguments.Is(i, "PX"u8) || arguments.Is(i, "PXAT"u8);
        bool isMoment = isEnd && arguments[i].Length == 4;
        bool isAnother = HasEnd && (isSeconds != _isSeconds || isMoment != _isMoment); // redis takes the same option twice
        if (!isEnd || last || KeepsEnd || Persists || isAnother)
        {
            return false;
        }

        _end = arguments[i + 1];
        (_isSeconds, _isMoment, HasEnd) = (isSeconds, isMoment, true);
        return true;
    }

    private bool TryTakeFlag(KvArguments arguments, int i)
    {
        if (arguments.Is(i, "NX"u8) && !IfPresent && ExpectedIndex == 0)
        {
            IfMissing = true;
        }
        else if (arguments.Is(i, "XX"u8) && !IfMissing && ExpectedIndex == 0)
        {
            IfPresent = true;
        }
        else if (arguments.Is(i, "GET"u8))
        {
            ReturnsOld = true;
        }
        else if (arguments.Is(i, "KEEPTTL"u8) && !HasEnd)
        {
            KeepsEnd = true;
        }
        else
        {
            return false;
        }

        return true;
    }
}
