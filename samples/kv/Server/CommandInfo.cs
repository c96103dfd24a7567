namespace RaftEngine.Samples.Kv.Server;

/// <summary>A command as the COMMAND command describes it.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Id">Which it is.</param>
/// <param name="Class">How it is carried out.</param>
/// <param name="Arity">How many arguments it takes, its name included; negative: at least as many.</param>
/// <param name="FirstKey">The first argument that is a key; 0 if none is.</param>
/// <param name="LastKey">The last one; negative: counted from the end.</param>
/// <param name="KeyStep">From one key to the next.</param>
internal sealed record CommandInfo(string Name, CommandId Id, CommandClass Class, int Arity, int FirstKey = 0, int LastKey = 0, int KeyStep = 0)
{
    /// <summary>Whether it takes this many arguments, its name included.</summary>
    public bool Takes(int arguments) => Arity >= 0 ? arguments == Arity : arguments >= -Arity;
}
