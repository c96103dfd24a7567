using System;

namespace RaftEngine.LogDump.Output;

/// <summary>Bytes as hexadecimal text.</summary>
internal static class HexText
{
    private const int LineBytes = 16;

    private static readonly TableSchema Lines = new("payload", "bytes", new Column("offset", "offset", 8), new Column("hex", "hex", -48), new Column("text", "text"))
    { IsStreamed = true };

    private static readonly TableSchema Whole = new("payload", "payload", new Column("bytes", "bytes"), new Column("hex", "hex")) { IsSingle = true };

    /// <summary>Writes bytes: for people as lines of hexadecimal digits and text, for programs as one value.</summary>
    /// <param name="rows">Where to.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isForPeople">For whom.</param>
    public static void Write(RowWriter rows, ReadOnlySpan<byte> bytes, bool isForPeople)
    {
        if (!isForPeople)
        {
            rows.BeginTable(Whole);
            rows.Number(bytes.Length);
            rows.Text(Convert.ToHexStringLower(bytes));
            rows.EndRow();
            return;
        }

        rows.BeginTable(Lines);
        Span<byte> hex = stackalloc byte[3 * LineBytes];
        Span<byte> text = stackalloc byte[LineBytes];
        for (int offset = 0; offset < bytes.Length; offset += LineBytes)
        {
            ReadOnlySpan<byte> line = bytes[offset..Math.Min(bytes.Length, offset + LineBytes)];
            hex.Fill((byte)' ');
            for (int i = 0; i < line.Length; i++)
            {
                line[i].TryFormat(hex[((3 * i) + (i / 8))..], out _, "x2");
                text[i] = line[i] is >= 0x20 and < 0x7F ? line[i] : (byte)'.';
            }

            rows.Number(offset, Tone.Faint);
            rows.Text(hex);
            rows.Text(text[..line.Length]);
            rows.EndRow();
        }
    }
}
