using System;
using System.Text;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>The arguments of a call as places in its bytes. Argument 0 stands for the command's name, which a call in
/// the log does not carry.</summary>
/// <param name="bytes">The bytes that the places lie in.</param>
/// <param name="places">Where each argument begins and how long it is.</param>
internal readonly ref struct KvArguments(ReadOnlySpan<byte> bytes, ReadOnlySpan<(int Offset, int Length)> places)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<(int Offset, int Length)> _places = places;

    /// <summary>How many there are, the name included.</summary>
    public int Count => _places.Length;

    public ReadOnlySpan<byte> this[int index] => _bytes.Slice(_places[index].Offset, _places[index].Length);

    /// <summary>True if an argument is this word, in any case.</summary>
    public bool Is(int index, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(this[index], word);

    /// <summary>Reads an argument as a 64-bit integer; see <see cref="KvValue.TryParseInteger"/>.</summary>
    public bool TryGetInteger(int index, out long value) => KvValue.TryParseInteger(this[index], out value);
}
