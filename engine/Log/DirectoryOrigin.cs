namespace RaftEngine.Log;

/// <summary>How a data directory began. The value is the number on disk.</summary>
public enum DirectoryOrigin
{
    /// <summary>Not known: a version of the engine made it that did not write it down.</summary>
    Unknown = 0,

    /// <summary>As one of the voters that the cluster started with.</summary>
    Bootstrapped = 1,

    /// <summary>Empty in a cluster that others had started, or from a backup: it votes once its log names it.</summary>
    Joined = 2,
}
