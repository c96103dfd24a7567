using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv.Resp;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>What administers a replica and its cluster.</summary>
internal interface IKvAdministration
{
    /// <summary>The cluster's id.</summary>
    Guid Cluster { get; }

    /// <summary>When the last backup ended, in Unix seconds; when the replica started if there was none.</summary>
    long LastSave { get; }

    /// <summary>What the leader knows of the other members, a line for each; empty on any other replica.</summary>
    string DescribeCluster();

    /// <summary>Carries out a request of the class <see cref="CommandClass.Administration"/>.</summary>
    /// <returns>What to answer: an error begins with a minus.</returns>
    ValueTask<string> ExecuteAsync(CommandId id, RespArguments request);
}
