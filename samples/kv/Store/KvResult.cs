namespace RaftEngine.Samples.Kv.Store;

/// <summary>A command's result.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Value">The number or the old value, where the outcome has one.</param>
internal readonly record struct KvResult(KvOutcome Outcome, KvValue Value = default)
{
    /// <summary>A number.</summary>
    public static KvResult FromInteger(long value) => new(KvOutcome.Integer, new KvValue(value));
}
