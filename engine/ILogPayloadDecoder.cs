using System;

namespace RaftEngine;

/// <summary>
/// Tells in words what an application's commands say, for tools that show the log (<c>logdump --decoder</c>). It is
/// declared beside the state machine's contract because applications reference this package and cannot reference a
/// tool.
/// </summary>
public interface ILogPayloadDecoder
{
    /// <summary>Tells what a command says. One thread at a time; not necessarily always the same.</summary>
    /// <param name="command">The bytes that were proposed; valid during the call only. They may be anything: say so, do not throw.</param>
    /// <returns>One line of text.</returns>
    string Decode(ReadOnlySpan<byte> command);
}
