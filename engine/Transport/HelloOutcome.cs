namespace RaftEngine.Transport;

/// <summary>What a listener says to a dialer. The value is the byte on the wire.</summary>
internal enum HelloOutcome : byte
{
    /// <summary>Nothing yet: this is the dialer's own hello.</summary>
    Dialing = 0,

    /// <summary>The connection is bound to the dialer; frames may follow.</summary>
    Accepted = 1,

    /// <summary>The dialer speaks another version of the protocol.</summary>
    OtherVersion = 2,

    /// <summary>The dialer belongs to another cluster.</summary>
    OtherCluster = 3,

    /// <summary>The dialer belongs to another group.</summary>
    OtherGroup = 4,

    /// <summary>The dialer wanted another node than the one that listens here.</summary>
    OtherNode = 5,

    /// <summary>The dialer is not one of the listener's peers.</summary>
    UnknownNode = 6,

    /// <summary>The dialer began a cluster with other voters than the listener.</summary>
    OtherVoters = 7,

    /// <summary>Another data directory talks under the dialer's id: the listener's own, or one that is connected to
    /// it.</summary>
    SameId = 8,

    /// <summary>The dialer's certificate is not that of the node which it says it is.</summary>
    OtherCertificate = 9,
}
