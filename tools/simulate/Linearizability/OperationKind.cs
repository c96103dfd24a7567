namespace RaftEngine.Simulate.Linearizability;

/// <summary>What an operation does to its object.</summary>
internal enum OperationKind
{
    /// <summary>Answers the value of a register or counter.</summary>
    Read,

    /// <summary>Replaces the value of a register by the argument.</summary>
    Write,

    /// <summary>Replaces the value of a register by the argument if it is the expected one.</summary>
    CompareAndSet,

    /// <summary>Answers the value under a key.</summary>
    Get,

    /// <summary>Replaces the value under a key by the argument.</summary>
    Put,

    /// <summary>Puts the argument behind the value under a key.</summary>
    Append,

    /// <summary>Adds the argument, a whole number, to a counter, and answers the sum.</summary>
    Increment,
}
