using System;
using System.Globalization;

namespace RaftEngine.LogDump.Output;

/// <summary>
/// The way of all data to the user, whatever the format: tables, each of rows, each of one value for each column in their order. Rows go out as they come, none is kept, but
/// for tables that are small and for people.
/// </summary>
internal abstract class RowWriter
{
    /// <summary>Begins a table; the one before ends. A command has a table of a name once.</summary>
    public abstract void BeginTable(TableSchema schema);

    public abstract void Number(long value, Tone tone = Tone.Plain);

    public abstract void Unsigned(ulong value);

    /// <summary>A number that may have a fraction; three digits of it are written.</summary>
    public abstract void Fraction(double value);

    /// <summary>64 bits as 16 hexadecimal digits; in JSON a text, for many readers have no such numbers.</summary>
    public abstract void Hex(ulong value, Tone tone = Tone.Plain);

    /// <param name="utf8">Valid UTF-8.</param>
    /// <param name="tone">What it means.</param>
    public abstract void Text(ReadOnlySpan<byte> utf8, Tone tone = Tone.Plain);

    public abstract void Text(string value, Tone tone = Tone.Plain);

    public abstract void Flag(bool value);

    /// <summary>No value: JSON's null, an empty field.</summary>
    public abstract void Nothing();

    public void NumberOrNothing(long? value, Tone tone = Tone.Plain)
    {
        if (value is { } known)
        {
            Number(known, tone);
        }
        else
        {
            Nothing();
        }
    }

    public void UnsignedOrNothing(ulong? value)
    {
        if (value is { } known)
        {
            Unsigned(known);
        }
        else
        {
            Nothing();
        }
    }

    public void HexOrNothing(ulong? value, Tone tone = Tone.Plain)
    {
        if (value is { } known)
        {
            Hex(known, tone);
        }
        else
        {
            Nothing();
        }
    }

    /// <summary>A ratio, if there is anything to divide by.</summary>
    public void FractionOrNothing(double part, double whole)
    {
        if (whole > 0)
        {
            Fraction(part / whole);
        }
        else
        {
            Nothing();
        }
    }

    public void TextOrNothing(string? value, Tone tone = Tone.Plain)
    {
        if (value is not null)
        {
            Text(value, tone);
        }
        else
        {
            Nothing();
        }
    }

    public abstract void EndRow();

    /// <summary>Ends the last table and the document, and hands all of it on. To be called once, whatever has happened.</summary>
    public abstract void Complete();

    /// <summary>Hands on what there is now, for who follows it live.</summary>
    public abstract void Flush();

    /// <summary>A time as text.</summary>
    public static string TimeOf(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
