namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// One operation of one client on one object, as the client saw it. Positions order the events of a history: an operation that returned at a smaller
/// position than another was invoked at came before it; all others are concurrent.
/// </summary>
internal sealed record Operation
{
    /// <summary>The return position of an operation whose outcome was never learned: it may take effect at any time after its invocation, or never.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The result of a compare-and-set that answered that the value was not the expected one.</summary>
    public const string NotSwapped = "false";

    public required int Process { get; init; }

    public required OperationKind Kind { get; init; }

    /// <summary>The object's name, if there are several. Linearizability is local: each object's operations are judged by themselves.</summary>
    public string? Key { get; init; }

    /// <summary>What is written, appended or added; null is nil.</summary>
    public string? Argument { get; init; }

    /// <summary>What a compare-and-set expects; null is nil.</summary>
    public string? Expected { get; init; }

    /// <summary>What was answered, if the outcome is known; null is nil.</summary>
    public string? Result { get; init; }

    /// <summary>Whether the result is known. The model allows any result if it is not.</summary>
    public bool ResultKnown { get; init; }

    public required long Invoked { get; init; }

    public long Returned { get; init; } = Never;

    /// <summary>Whether an order of the history may leave the operation out.</summary>
    public bool MayBeLeftOut => Returned == Never;

    public bool IsRead => Kind is OperationKind.Read or OperationKind.Get;

    /// <summary>Whether the operation, answered as it was, changes nothing, whatever the state.</summary>
    public bool ChangesNothing => IsRead || (Kind == OperationKind.CompareAndSet && ResultKnown && (Result == NotSwapped || Expected == Argument));
}
