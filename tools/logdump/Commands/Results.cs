using RaftEngine.LogDump.Reading;

namespace RaftEngine.LogDump.Commands;

/// <summary>What a verification comes to, in a word.</summary>
internal static class Results
{
    /// <summary>It could not be verified: not readable, of a newer version, or interrupted.</summary>
    public const string Unknown = "unknown";

    /// <summary>The word for a verification.</summary>
    public static string Of(DirectoryVerification found, bool isQuick = false) => found.IsDamaged ? "damaged" : isQuick
        ? Unknown : "clean";
}
