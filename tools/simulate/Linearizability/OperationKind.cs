namespace RaftEngine.Simulate.Linearizability;

/// <summary>What an operation does to its object. A key-value store's get is a read of the object under the key, its put a write.</summary>
internal enum OperationKind
{
    /// <summary>Answers the value.</summary>
    Read,

    /// <summary>Replaces the value by the argument.</summary>
    Write,

    /// <summary>Replaces the value by the argument if it is the expected one.</summary>
    CompareAndSet,

    /// <summary>Puts the argument behind the value.</summary>
    Append,

    /// <summary>Adds the argument, a whole number, and answers the sum.</summary>
    Increment,
}
