using System;

namespace RaftEngine.LogDump;

/// <summary>The command line can be parsed, but makes no sense.</summary>
internal sealed class UsageException(string message) : Exception(message);
