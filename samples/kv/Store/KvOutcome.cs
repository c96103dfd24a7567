namespace RaftEngine.Samples.Kv.Store;

/// <summary>What became of a command. Every outcome is the same on every replica.</summary>
internal enum KvOutcome : byte
{
    /// <summary>Done; there is nothing more to say.</summary>
    Done,

    /// <summary>Nothing: a condition did not hold, or there was no old value to give back.</summary>
    Nil,

    /// <summary>Done; the result is a number.</summary>
    Integer,

    /// <summary>The result is the value from before the command.</summary>
    Value,

    /// <summary>The key's value is not a 64-bit integer. Nothing was changed.</summary>
    NotAnInteger,

    /// <summary>The sum would not be a 64-bit integer. Nothing was changed.</summary>
    Overflow,

    /// <summary>The value would be longer than <see cref="KvStateMachine.MaxValueBytes"/>. Nothing was changed.</summary>
    TooLong,

    /// <summary>A repeat of a command that was applied before. Nothing was changed now; the first result is not kept.</summary>
    Repeated,

    /// <summary>The client has more than <see cref="ClientSessions.MaxOutstanding"/> commands without an answer. Nothing was changed.</summary>
    TooManyOutstanding,

    /// <summary>There are <see cref="ClientSessions.MaxClients"/> clients already. Nothing was changed.</summary>
    TooManyClients,

    /// <summary>The bytes are no command. Nothing was changed.</summary>
    Malformed,
}
