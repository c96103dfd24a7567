namespace RaftEngine.LogDump.Output;

/// <summary>A table: its names, and its columns in their order.</summary>
/// <param name="Name">Its name in a JSON document.</param>
/// <param name="RowName">What one row of it is; with <see cref="Version"/> the schema that a line of JSON lines names.</param>
/// <param name="Columns">The columns.</param>
internal sealed record TableSchema(string Name, string RowName, params Column[] Columns)
{
    /// <summary>The version of all schemas. New members may come without a new version; one that goes or changes its meaning is a new version.</summary>
    public const int Version = 1;

    /// <summary>True if it has exactly one row: an object in JSON, a list of names and values for people.</summary>
    public bool IsSingle { get; init; }

    /// <summary>True if it may have any number of rows, and people get them as they come, in columns of fixed width.</summary>
    public bool IsStreamed { get; init; }
}
