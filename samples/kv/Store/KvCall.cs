namespace RaftEngine.Samples.Kv.Store;

/// <summary>One call, as it is executed.</summary>
/// <param name="store">The databases.</param>
/// <param name="database">The number of the one that is meant.</param>
/// <param name="arguments">The arguments; there are as many as the operation takes.</param>
/// <param name="shownElapsed">The log's time as it is shown to clients, in milliseconds: between two stamps an
/// estimate, on which nothing depends.</param>
internal readonly ref struct KvCall(KvStore store, int database, KvArguments arguments, long shownElapsed)
{
    /// <summary>A number does not fit the type that redis keeps it in.</summary>
    public const string OutOfInt = "ERR value is out of range, value must between -2147483648 and 2147483647";

    public KvStore Store { get; } = store;

    public int Number { get; } = database;

    public long ShownElapsed { get; } = shownElapsed;

    /// <summary>The arguments.</summary>
    public KvArguments Arguments { get; } = arguments;

    public KvDatabase Database => Store.Databases[Number];

    public LogTime Time => Store.Time;

    /// <summary>Reads an argument as the number of a database.</summary>
    /// <returns>Null, or the error to answer.</returns>
    public KvResult? ReadDatabase(int index, out int number)
    {
        number = 0;
        if (!Arguments.TryGetInteger(index, out long value))
        {
            return new KvResult(KvOutcome.NotAnInteger);
        }

        if (value is < int.MinValue or > int.MaxValue)
        {
            return KvResult.Error(OutOfInt);
        }

        number = (int)value;
        return number is >= 0 and < KvStore.DatabaseCount ? null : KvResult.Error("ERR DB index is out of range");
    }
}
