using System;
using System.IO;
using System.Runtime.CompilerServices;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What happens, as one number, and, if somebody wants to read it, as text.</summary>
internal sealed class Trace(Agenda agenda, TextWriter? output)
{
    /// <summary>A digest of all that has happened.</summary>
    public ulong Hash { get; private set; } = 0xCBF2_9CE4_8422_2325;

    /// <summary>True if texts are wanted.</summary>
    public bool IsRead => output is not null;

    /// <summary>Notes what a step came to.</summary>
    public void Note(ulong value)
    {
        Hash = (Hash ^ value) * 0x9E37_79B9_7F4A_7C15;
        Hash ^= Hash >> 29;
    }

    /// <summary>Notes an event; its text is made only if it is read.</summary>
    public void Say(ulong value, [InterpolatedStringHandlerArgument("")] ref Text text)
    {
        Note(value);
        Note((ulong)agenda.Now);
        if (output is not null)
        {
            output.WriteLine($"{TimeSpan.FromTicks(agenda.Now).TotalSeconds,12:F6} {text.ToStringAndClear()}");
        }
    }

    /// <summary>A text that costs nothing if it is not read.</summary>
    [InterpolatedStringHandler]
    internal ref struct Text
    {
        private DefaultInterpolatedStringHandler _inner;
        private readonly bool _isRead;

        public Text(int literalLength, int formattedCount, Trace trace, out bool isRead)
        {
            _isRead = isRead = trace.IsRead;
            _inner = isRead ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public string ToStringAndClear() => _isRead ? _inner.ToStringAndClear() : string.Empty;
    }
}
