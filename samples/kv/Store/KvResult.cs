using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// A command's result. It outlives its command where a client may still ask for it: the engine remembers the results of
/// client sessions, in its snapshots too. Written down,
/// little-endian:
/// <code>
///   1      outcome
///   1      kind of the value: 0 bytes, 1 integer, 2 list
///   8 | n  the integer | the bytes, up to the end | for each item: 4 its length, the item
/// </code>
/// </summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Value">The number, the value or the text, where the outcome has one.</param>
/// <param name="Items">The results in a list; null if it is none.</param>
internal readonly record struct KvResult(KvOutcome Outcome, KvValue Value = default, KvResult[]? Items = null)
{
    private const int HeaderBytes = 2;

    /// <summary>Nothing.</summary>
    public static KvResult Nil => new(KvOutcome.Nil);

    /// <summary>Done.</summary>
    public static KvResult Done => new(KvOutcome.Done);

    /// <summary>Options that cannot be understood.</summary>
    public static KvResult SyntaxError => Error("ERR syntax error");

    /// <summary>A number.</summary>
    public static KvResult FromInteger(long value) => new(KvOutcome.Integer, new KvValue(value));

    /// <summary>1 or 0.</summary>
    public static KvResult FromBoolean(bool value) => FromInteger(value ? 1 : 0);

    /// <summary>A value.</summary>
    public static KvResult FromValue(in KvValue value) => new(KvOutcome.Value, value);

    /// <summary>Bytes, which now belong to it.</summary>
    public static KvResult FromBytes(byte[] bytes) => new(KvOutcome.Value, new KvValue(bytes));

    /// <summary>A list.</summary>
    public static KvResult FromItems(KvResult[] items) => new(KvOutcome.Array, default, items);

    /// <summary>A word.</summary>
    public static KvResult Simple(string word) => new(KvOutcome.Simple, new KvValue(Encoding.Latin1.GetBytes(word)));

    /// <summary>An error: its code in capitals, a blank, a text.</summary>
    public static KvResult Error(string text) => new(KvOutcome.Error, new KvValue(Encoding.Latin1.GetBytes(text)));

    /// <summary>Writes it.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        byte[]? bytes = Value.Bytes;
        int kind = Items is not null ? 2 : bytes is null ? 1 : 0;
        destination.Write([(byte)Outcome, (byte)kind]);
        if (Items is { } items)
        {
            foreach (KvResult item in items)
            {
                ArrayBufferWriter<byte> written = new();
                item.WriteTo(written);
                BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), written.WrittenCount);
                destination.Advance(sizeof(int));
                destination.Write(written.WrittenSpan);
            }
        }
        else if (bytes is not null)
        {
            destination.Write(bytes);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(destination.GetSpan(sizeof(long)), Value.Integer);
            destination.Advance(sizeof(long));
        }
    }

    /// <summary>Reads one back.</summary>
    /// <param name="bytes">All that <see cref="WriteTo"/> wrote.</param>
    public static KvResult Read(ReadOnlySpan<byte> bytes)
    {
        KvOutcome outcome = (KvOutcome)bytes[0];
        ReadOnlySpan<byte> rest = bytes[HeaderBytes..];
        switch (bytes[1])
        {
            case 0:
                return new KvResult(outcome, new KvValue(rest.ToArray()));
            case 1:
                return new KvResult(outcome, new KvValue(BinaryPrimitives.ReadInt64LittleEndian(rest)));
            default:
                System.Collections.Generic.List<KvResult> items = [];
                while (!rest.IsEmpty)
                {
                    int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                    items.Add(Read(rest.Slice(sizeof(int), length)));
                    rest = rest[(sizeof(int) + length)..];
                }

                return new KvResult(outcome, default, [.. items]);
        }
    }
}
