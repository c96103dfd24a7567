namespace RaftEngine.Samples.Kv.Store;

/// <summary>
/// Makes a command safe to propose again when its outcome is unknown (Ongaro's thesis §6.3): the state machine applies each (client, sequence) once.
/// </summary>
/// <param name="ClientId">The client; 0 if the command has no such protection.</param>
/// <param name="Sequence">The command's number, which the client gives out once and repeats only for a retry.</param>
/// <param name="Floor">The client's lowest sequence that is still without an answer: it will never send one below it again.</param>
internal readonly record struct RetryToken(ulong ClientId, ulong Sequence, ulong Floor)
{
    /// <summary>No protection.</summary>
    public static RetryToken None => default;
}
