using System;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Pipeline;

/// <summary>What a node starts from: the newest snapshot, or nothing but the configuration of its options.</summary>
/// <param name="Index">The last index that the state includes; 0 for an empty state.</param>
/// <param name="Configuration">The configuration there.</param>
/// <param name="ConfigurationBytes">The same, as its entry has it.</param>
internal readonly record struct RestoredState(long Index, Configuration Configuration, ReadOnlyMemory<byte> ConfigurationBytes)
{
    /// <summary>The configuration, and where it stands.</summary>
    public LoggedConfiguration LoggedConfiguration => new(Index, Configuration);

    /// <summary>An empty state, with the configuration that a cluster starts with.</summary>
    public static RestoredState Empty(Configuration configuration)
    {
        byte[] bytes = new byte[ConfigurationFormat.LengthOf(configuration)];
        ConfigurationFormat.Write(bytes, configuration);
        return new RestoredState(0, configuration, bytes);
    }
}
