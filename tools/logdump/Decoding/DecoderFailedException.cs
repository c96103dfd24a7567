using System;
using System.Globalization;
using System.IO;

namespace RaftEngine.LogDump.Decoding;

/// <summary>A decoder that cannot be used, or that has ended, hangs, or answers what is no answer.</summary>
internal sealed class DecoderFailedException(string decoder, string message, Exception? innerException = null)
    : IOException($"Decoder '{decoder}': {message}", innerException)
{
    /// <summary>One that hangs.</summary>
    public static DecoderFailedException NoAnswer(string decoder, int commandBytes, TimeSpan timeout) =>
        new(decoder, string.Create(CultureInfo.InvariantCulture, $"no answer to a command of {commandBytes} bytes within {timeout.TotalSeconds:0.#} s."));
}
