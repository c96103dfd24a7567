using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace RaftEngine.Tests.Processes;

/// <summary>What a replica says of itself in <c>INFO raft</c>.</summary>
internal sealed record RaftInfo(string Role, long Term, long CommitIndex, long AppliedIndex, string Fingerprint)
{
    /// <summary>Whether this and another replica have committed and applied the same log.</summary>
    public bool Agrees(RaftInfo other) => (CommitIndex, AppliedIndex, Fingerprint) == (other.CommitIndex, other.AppliedIndex, other.Fingerprint) && CommitIndex == AppliedIndex;

    public static RaftInfo Parse(string text)
    {
        Dictionary<string, string> fields = text.Split("\r\n")
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        long Number(string name) => long.Parse(fields[name], CultureInfo.InvariantCulture);
        return new RaftInfo(fields["role"], Number("term"), Number("commit_index"), Number("applied_index"), fields["fingerprint"]);
    }
}
