using System;
using System.IO;

namespace RaftEngine.Pipeline;

/// <summary>A state machine's state after an index, captured and not yet written.</summary>
/// <param name="Index">The last index applied.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Chain">The log's chain value there.</param>
/// <param name="Configuration">The bytes of the configuration that was the latest applied.</param>
/// <param name="Write">Writes the state.</param>
internal readonly record struct CapturedState(long Index, long Term, ulong Chain, ReadOnlyMemory<byte> Configuration, Action<Stream> Write);
