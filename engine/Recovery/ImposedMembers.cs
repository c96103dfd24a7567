using System;
using System.Linq;
using RaftEngine.Protocol;

namespace RaftEngine.Recovery;

/// <summary>
/// The members of a cluster that begins, or begins again, with one node's state. That node is its only voter: whatever other node could vote might have another state, or none,
/// and two such might elect each other. The others are learners, which take the state over before they become voters.
/// </summary>
internal static class ImposedMembers
{
    /// <summary>Checks what a caller wants the members to be.</summary>
    /// <exception cref="ArgumentException">The node is not the only voter.</exception>
    public static Configuration Of(ulong nodeId, Configuration? members)
    {
        Configuration wanted = members ?? new Configuration(nodeId);
        return wanted.IsJoint || !IsOnlyVoter(nodeId, wanted)
            ? throw new ArgumentException(
                $"The members are {wanted}; node {nodeId} must be the only voter. Others can be learners; promotable ones become voters.", nameof(members))
            : wanted;
    }

    /// <summary>True if the node is a majority by itself.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="incarnation">That of its directory: a configuration that means another one does not let it vote; 0: that does not matter.</param>
    /// <param name="isFounder">True if the directory is meant where the configuration knows no incarnation.</param>
    public static bool IsOnlyVoter(ulong nodeId, Configuration configuration, ulong incarnation = 0, bool isFounder = true) =>
        configuration.Voters is [ulong voter] && voter == nodeId && configuration.OutgoingVoters.All(outgoing => outgoing == nodeId)
        && configuration.Find(nodeId).Is(incarnation, isFounder);

    /// <summary>The same, as a log holds them: imposed, and with the directory that the node's id stands for.</summary>
    public static byte[] BytesOf(Configuration members, ulong nodeId, ulong incarnation)
    {
        Configuration imposed = new([.. members.Members.Select(member => member.NodeId == nodeId ? member with { Incarnation = incarnation } : member)]) { IsImposed = true };
        byte[] bytes = new byte[ConfigurationFormat.LengthOf(imposed)];
        ConfigurationFormat.Write(bytes, imposed);
        return bytes;
    }
}
