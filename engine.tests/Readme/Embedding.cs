using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net;
using System.Threading.Tasks;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Readme;

public static class Embedding
{
    public static async Task<long> AddAsync(ulong nodeId, Dictionary<ulong, EndPoint> peers, Guid clusterId, string directory, long amount)
    {
        CounterStateMachine counter = new();
        RaftOptions options = new() { NodeId = nodeId, Voters = peers.Keys, ClusterId = clusterId, DataDirectory = directory };
        TcpTransport transport = new(new TcpTransportOptions { ListenEndPoint = (IPEndPoint)peers[nodeId], Peers = peers });
        await using RaftNode<long> node = await RaftNode.StartAsync(options, counter, transport);

        byte[] command = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(command, amount);
        while (true)
        {
            try
            {
                Applied<long> applied = await node.ProposeAsync(command);   // on disk on a majority, committed, applied
                await node.ReadBarrierAsync();                             // from here on, counter.Value is linearizable
                return applied.Result;
            }
            catch (NotLeaderException)
            {
                await Task.Delay(20);                                      // never appended: safe to try again, here or on LeaderId
            }
        }
    }
}
