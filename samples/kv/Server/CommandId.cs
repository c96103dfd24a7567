namespace RaftEngine.Samples.Kv.Server;

/// <summary>The commands that do not simply read or write the databases.</summary>
internal enum CommandId
{
    /// <summary>One of those that do: <see cref="CommandInfo.Operation"/> says which.</summary>
    None,

    Ping,
    Echo,
    Select,
    Hello,
    Auth,
    Quit,
    Reset,
    Client,
    Command,
    Config,
    Info,
    Time,
    Role,
    LastSave,
    Cluster,
    ReadOnly,
    ReadWrite,
    Asking,
    Multi,
    Exec,
    Discard,
    Watch,
    Unwatch,
    Save,
    BgSave,
    RaftStatus,
    RaftAdd,
    RaftRemove,
    RaftReplace,
    RaftTransfer,
    RaftSnapshot,
    RaftCluster,
}
