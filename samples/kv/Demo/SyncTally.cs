namespace RaftEngine.Samples.Kv.Demo;

/// <summary>How often leaders synced their logs, and how many entries those syncs made durable.</summary>
internal sealed class SyncTally
{
    /// <summary>Syncs.</summary>
    public long Syncs { get; private set; }

    /// <summary>Entries appended.</summary>
    public long Entries { get; private set; }

    /// <summary>Entries for each sync.</summary>
    public double EntriesPerSync => Syncs == 0 ? 0 : (double)Entries / Syncs;

    /// <summary>Adds what one leader did between two looks at it.</summary>
    public void Add(in RaftStatus before, in RaftStatus after)
    {
        Syncs += after.LogSyncs - before.LogSyncs;
        Entries += after.EntriesAppended - before.EntriesAppended;
    }
}
