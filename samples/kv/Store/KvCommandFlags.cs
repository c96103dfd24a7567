using System;

namespace RaftEngine.Samples.Kv.Store;

/// <summary>How a command in the log differs from the plain one of its kind. The values are on disk.</summary>
[Flags]
internal enum KvCommandFlags : byte
{
    /// <summary>The plain command.</summary>
    None = 0,

    /// <summary>Set only if the key does not exist.</summary>
    IfMissing = 1,

    /// <summary>Set only if the key exists.</summary>
    IfPresent = 2,

    /// <summary>Give back the value from before the command.</summary>
    ReturnOld = 4,

    /// <summary>Set only if the key's value equals the one that the command carries.</summary>
    IfEqual = 8,

    /// <summary>The command carries the time on its proposer's clock.</summary>
    Stamped = 16,
}
