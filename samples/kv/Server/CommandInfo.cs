using RaftEngine.Samples.Kv.Store;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>A command as the COMMAND command describes it.</summary>
/// <param name="Name">Its name, in lower case.</param>
/// <param name="Class">How it is carried out.</param>
/// <param name="Arity">How many arguments it takes, its name included; negative: at least as many.</param>
/// <param name="FirstKey">The first argument that is a key; 0 if none is.</param>
/// <param name="LastKey">The last one; negative: counted from the end.</param>
/// <param name="KeyStep">From one key to the next.</param>
internal sealed record CommandInfo(string Name, CommandClass Class, int Arity, int FirstKey = 0, int LastKey = 0, int KeyStep = 0)
{
    /// <summary>Which it is, if it does not simply read or write.</summary>
    public CommandId Id { get; init; }

    /// <summary>What it does to the databases.</summary>
    public KvOperation Operation { get; init; }

    /// <summary>True if it goes by the time: it is given the leader's.</summary>
    public bool IsTimed { get; init; }

    /// <summary>True if a client that has not given the password may send it.</summary>
    public bool NeedsNoPassword { get; init; }

    /// <summary>Whether it takes this many arguments, its name included.</summary>
    public bool Takes(int arguments) => Arity >= 0 ? arguments == Arity : arguments >= -Arity;
}
