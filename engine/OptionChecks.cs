using System;
using System.Collections.Generic;
using System.Numerics;

namespace RaftEngine;

/// <summary>Gathers everything that is wrong with a set of options, so that it is said at once.</summary>
/// <param name="type">The options' type.</param>
internal sealed class OptionChecks(string type)
{
    private readonly List<string> _violations = [];
    private string? _first; // the option that the first of them names

    /// <summary>Notes an option that is not as it must be.</summary>
    public void Require<T>(bool holds, string name, T actual, string expected)
    {
        if (!holds)
        {
            _first ??= name;
            _violations.Add($"{type}.{name} is {actual}; it must be {expected}.");
        }
    }

    /// <summary>Notes an option outside its bounds.</summary>
    public void Within<T>(T value, T least, T most, string name)
        where T : IComparable<T> =>
        Require(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0, name, value, $"{least} to {most}");

    /// <summary>Notes the size of a queue that is none.</summary>
    public void QueueSize(int value, string name)
    {
        Within(value, 64 << 10, 256 << 20, name);
        Require(BitOperations.IsPow2(value), name, value, "a power of two");
    }

    /// <summary>
    /// Notes two options that do not fit each other, each within its own bounds, under the name of the one that was
    /// set: if one of them is at its default, it is the other.
    /// </summary>
    /// <param name="holds">True if they fit.</param>
    /// <param name="name">The option that is wrong if both were set.</param>
    /// <param name="value">Its value.</param>
    /// <param name="standard">Its default.</param>
    /// <param name="expected">What it must be, beside the other's value.</param>
    /// <param name="other">The other option.</param>
    /// <param name="otherValue">Its value.</param>
    /// <param name="otherExpected">What that one must be, beside the first one's value.</param>
    public void Fit<T, TOther>(
        bool holds, string name, T value, T standard, string expected, string other, TOther otherValue, string otherExpected)
        where T : IEquatable<T>
    {
        bool isOthers = value.Equals(standard);
        (string named, object? actual) = isOthers ? (other, otherValue) : (name, (object?)value);
        (string second, object? secondActual) = isOthers ? (name, value) : (other, (object?)otherValue);
        Require(holds, named, actual, $"{(isOthers ? otherExpected : expected)}, as {second} is {secondActual}; or change both");
    }

    /// <summary>Says all that was noted.</summary>
    /// <exception cref="ArgumentException">Something was.</exception>
    public void ThrowIfAny()
    {
        if (_first is not null)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, _violations), _first);
        }
    }
}
