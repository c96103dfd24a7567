using System.Text;

namespace RaftEngine.LogDump.Output;

/// <summary>A column of a table: a part of the documented schema.</summary>
/// <param name="name">Its name in JSON and CSV, in camel case.</param>
/// <param name="title">Its heading in tables for people.</param>
/// <param name="width">In a streamed table: its width in characters; negative to align left, 0 for the last one, which takes what it needs.</param>
/// <param name="isNumber">True to align its values right in other tables.</param>
internal sealed class Column(string name, string title, int width = 0, bool isNumber = false)
{
    public string Name { get; } = name;

    public string Title { get; } = title;

    public int Width { get; } = width;

    public bool IsNumber { get; } = isNumber || width > 0;

    /// <summary>Where there is no room for all columns, those with the highest number go first, those of one number
    /// together; 0 stays.</summary>
    public int DropOrder { get; init; }

    /// <summary>True if its values are sentences, which may be broken into lines.</summary>
    public bool IsProse { get; init; }

    /// <summary>True if its values are cut to the room there is only where a terminal would break them: elsewhere
    /// somebody may search in them.</summary>
    public bool IsWholeInPipes { get; init; }

    /// <summary>What stands before a value of it in a JSON object, if another one is before it: comma, name, colon.</summary>
    public byte[] JsonName { get; } = Encoding.UTF8.GetBytes($",\"{name}\":");

    /// <summary>A column of numbers.</summary>
    /// <param name="name">Its name in JSON and CSV.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="dropOrder">See <see cref="DropOrder"/>.</param>
    public static Column Number(string name, string title, int dropOrder = 0) =>
        new(name, title, isNumber: true) { DropOrder = dropOrder };
}
