namespace RaftEngine.Protocol;

/// <summary>What an entry of kind <see cref="EntryKind.Session"/> does. The value is in the log.</summary>
public enum SessionOperation
{
    /// <summary>Opens a session; its id is the index of this entry.</summary>
    Open = 1,

    /// <summary>Applies a command, unless its sequence has been applied before.</summary>
    Command = 2,

    /// <summary>Keeps a session from expiring.</summary>
    Keep = 3,

    /// <summary>Ends a session.</summary>
    Close = 4,
}
