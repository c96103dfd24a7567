using System.CommandLine;
using RaftEngine.LogDump.Decoding;

namespace RaftEngine.LogDump.Commands;

/// <summary>The option <c>--decoder</c> of the commands that show payloads.</summary>
internal static class DecoderOption
{
    public static Option<string?> Create() => new("--decoder")
    {
        Description = "Tells what commands say: an assembly (.dll) with an ILogPayloadDecoder, or an executable that is fed commands, each behind its length, "
            + "and answers each with a line.",
    };

    /// <summary>Opens the decoder that was asked for; null if none was.</summary>
    /// <exception cref="DecoderFailedException">It cannot be used.</exception>
    public static PayloadDecoder? Open(string? path) => path is null ? null : PayloadDecoder.Open(path, PayloadDecoder.DefaultTimeout);
}
