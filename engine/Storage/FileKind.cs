namespace RaftEngine.Storage;

/// <summary>What a name in a directory stands for.</summary>
internal enum FileKind
{
    /// <summary>A regular file: the only kind that the engine opens, creates or replaces.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link. It is not followed: what it leads to may be anything, and belong to somebody else.</summary>
    SymbolicLink,

    /// <summary>A FIFO. To open one may wait forever.</summary>
    Fifo,

    /// <summary>A device or a socket.</summary>
    Other,
}
