namespace RaftEngine.Simulate.Simulation;

/// <summary>One try of a client's operation at one node.</summary>
internal sealed class Call(Client client, long number, CallKind kind, int slot, int generation, byte[] session, byte[] command)
{
    private bool _hasEnded;

    public CallKind Kind { get; } = kind;

    public int Slot { get; } = slot;

    public int Generation { get; } = generation;

    /// <summary>What stands in front of a command of a client session; else empty.</summary>
    public byte[] Session { get; } = session;

    public byte[] Command { get; } = command;

    /// <summary>The node has an answer, or has died. The first counts.</summary>
    /// <param name="outcome">What became of the call.</param>
    /// <param name="hint">Whom to ask next; 0 if the node does not know.</param>
    /// <param name="value">What was read; null if the slot has gone on to another generation.</param>
    /// <param name="index">The index of what was committed.</param>
    public void End(CallOutcome outcome, ulong hint, string? value, long index = 0)
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            client.Answer(number, outcome, hint, value, index);
        }
    }
}
