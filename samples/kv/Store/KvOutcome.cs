namespace RaftEngine.Samples.Kv.Store;

/// <summary>What became of a command. Every outcome is the same on every replica. The values are on disk: never change
/// one, never give one away again.</summary>
internal enum KvOutcome : byte
{
    /// <summary>Done; there is nothing more to say.</summary>
    Done = 0,

    /// <summary>Nothing: a condition did not hold, or there was no old value to give back.</summary>
    Nil = 1,

    /// <summary>Done; the result is a number.</summary>
    Integer = 2,

    /// <summary>The result is a value, for example that from before the command.</summary>
    Value = 3,

    /// <summary>The key's value, or an argument, is not a 64-bit integer. Nothing was changed.</summary>
    NotAnInteger = 4,

    /// <summary>The sum would not be a 64-bit integer. Nothing was changed.</summary>
    Overflow = 5,

    /// <summary>The value would be longer than <see cref="KvStateMachine.MaxValueBytes"/>. Nothing was
    /// changed.</summary>
    TooLong = 6,

    /// <summary>The bytes are no command. Nothing was changed.</summary>
    Malformed = 7,

    /// <summary>The result is a list of results.</summary>
    Array = 8,

    /// <summary>The command was refused with an error, whose text is the value. Nothing was changed.</summary>
    Error = 9,

    /// <summary>The result is a word, such as the type of a value.</summary>
    Simple = 10,

    /// <summary>No list: a watched key had changed, and the transaction was not executed.</summary>
    NilArray = 11,
}
