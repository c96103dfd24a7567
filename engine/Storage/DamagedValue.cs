using System;
using System.Globalization;

namespace RaftEngine.Storage;

/// <summary>How a damaged value is told: what is compared bit by bit in hexadecimal digits, what counts or measures in
/// decimal ones.</summary>
internal static class DamagedValue
{
    private static readonly string[] Bits = ["checksum", "magic", "chain", "log id", "cluster id"];

    /// <summary>Tells expected and actual of a value, by what it is.</summary>
    public static string Tell(string what, ulong expected, ulong actual) =>
        Array.Exists(Bits, bits => what.Contains(bits, StringComparison.Ordinal))
            ? string.Create(CultureInfo.InvariantCulture, $"{what}: expected 0x{expected:x16}, actual 0x{actual:x16}.")
            : string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected}, actual {actual}.");
}
