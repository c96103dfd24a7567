namespace RaftEngine.LogDump.Output;

/// <summary>What a value means to who looks at a table; a color, where there are any. Nothing says something by its color alone.</summary>
internal enum Tone
{
    Plain,
    Faint,
    Strong,
    Good,
    Warning,
    Bad,
}
