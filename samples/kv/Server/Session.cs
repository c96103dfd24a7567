using System.Collections.Generic;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What a connection remembers of its client.</summary>
internal sealed class Session
{
    /// <summary>The number of the connection.</summary>
    public required long Id { get; init; }

    /// <summary>Where the client is, as it is shown.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>The database that the client has selected.</summary>
    public int Database { get; set; }

    public bool IsAuthenticated { get; set; }

    /// <summary>The name that the client has given itself; empty for none.</summary>
    public string Name { get; set; } = string.Empty;

    public string LibraryName { get; set; } = string.Empty;

    public string LibraryVersion { get; set; } = string.Empty;

    /// <summary>The command before, in lower case.</summary>
    public string LastCommand { get; set; } = "NULL";

    /// <summary>True once the client has asked how the slots are spread: then it is told who leads, and goes
    /// there.</summary>
    public bool KnowsCluster { get; set; }

    /// <summary>True if the client reads from replicas that do not lead.</summary>
    public bool ReadsAnywhere { get; set; }

    /// <summary>The transaction that is being queued; null if none is.</summary>
    public QueuedTransaction? Transaction { get; set; }

    /// <summary>The keys that must not change before the transaction: database, key and version.</summary>
    public List<(int Database, byte[] Key, long Version)> Watches { get; } = [];

    /// <summary>The database that the next command is for: in a transaction, SELECT counts for what is queued behind
    /// it.</summary>
    public int CurrentDatabase => Transaction?.Database ?? Database;

    /// <summary>Forgets everything but the connection: RESET.</summary>
    public void Reset(bool isAuthenticated)
    {
        Database = 0;
        IsAuthenticated = isAuthenticated;
        Name = string.Empty;
        KnowsCluster = false;
        ReadsAnywhere = false;
        Transaction = null;
        Watches.Clear();
    }
}
