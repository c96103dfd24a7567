using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Grpc.Core;
using Grpc.Net.Client;
using RaftEngine.Bench.Measuring;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Bench.Peers;

/// <summary>Three processes of etcd with default options, driven over gRPC at their leader.</summary>
internal sealed class EtcdPeer : IPeer
{
    private const int Size = 3;
    private const int Keys = 1000;
    private const int ClientsOfConnection = 16;
    private const int MostConnections = 32;

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);
    private static readonly Method<byte[], byte[]> PutMethod = new(MethodType.Unary, "etcdserverpb.KV", "Put", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> StatusMethod = new(MethodType.Unary, "etcdserverpb.Maintenance", "Status", Bytes, Bytes);

    private readonly List<PeerProcess> _processes = [];
    private readonly IPEndPoint[] _endPoints;
    private string _version = "";
    private IPEndPoint? _leader;

    private EtcdPeer(IPEndPoint[] clientEndPoints)
    {
        _endPoints = clientEndPoints;
    }

    /// <inheritdoc/>
    public string System => $"etcd {_version}";

    /// <inheritdoc/>
    public int Nodes => Size;

    /// <inheritdoc/>
    public string Durability => "Every put is synced with fdatasync in the log of a majority; the key-value store behind it is synced now and then.";

    /// <inheritdoc/>
    public string Driver => $"{InProcessLoad.Description}, over gRPC (Grpc.Net.Client) to the leader, a connection for every {ClientsOfConnection} callers";

    /// <summary>What is missing for it; null if nothing is.</summary>
    public static string? Missing => Executable.Missing("Debian: etcd-server", "etcd");

    /// <summary>Starts all three, and waits for a leader.</summary>
    public static async Task<IPeer> StartAsync(Workspace workspace)
    {
        IPEndPoint[] ports = LoopbackPorts.Take(2 * Size);
        EtcdPeer peer = new(ports[..Size]);
        try
        {
            string cluster = string.Join(',', Enumerable.Range(0, Size).Select(i => $"n{i}=http://{ports[Size + i]}"));
            string token = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
            for (int i = 0; i < Size; i++)
            {
                peer._processes.Add(PeerProcess.Start(
                    Executable.Find("etcd")!,
                    "--name", $"n{i}",
                    "--data-dir", workspace.NewPath(),
                    "--listen-client-urls", $"http://{ports[i]}",
                    "--advertise-client-urls", $"http://{ports[i]}",
                    "--listen-peer-urls", $"http://{ports[Size + i]}",
                    "--initial-advertise-peer-urls", $"http://{ports[Size + i]}",
                    "--initial-cluster", cluster,
                    "--initial-cluster-state", "new",
                    "--initial-cluster-token", token,
                    "--logger", "zap",
                    "--log-level", "error"));
            }

            await PeerProcess.UntilAsync(peer.FindLeaderAsync, peer._processes, "etcd has a leader").ConfigureAwait(false);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time)
    {
        await PeerProcess.UntilAsync(FindLeaderAsync, _processes, "etcd has a leader").ConfigureAwait(false);
        byte[] value = new byte[payload];
        Random.Shared.NextBytes(value);
        byte[][] requests = [.. Enumerable.Range(0, Keys).Select(key => EtcdMessages.Put(BitConverter.GetBytes((long)key), value))];
        GrpcChannel[] channels = [.. Enumerable.Range(0, Math.Clamp(clients / ClientsOfConnection, 1, MostConnections)).Select(_ => Connect(_leader!))];
        try
        {
            CallInvoker[] invokers = Array.ConvertAll(channels, static channel => channel.CreateCallInvoker());
            uint next = 0;
            return await InProcessLoad.MeasureAsync(
                () =>
                {
                    uint number = Interlocked.Increment(ref next);
                    return PutAsync(invokers[number % invokers.Length], requests[number % Keys]);
                },
                static () => true,
                clients,
                time).ConfigureAwait(false);
        }
        finally
        {
            Array.ForEach(channels, static channel => channel.Dispose());
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (PeerProcess process in _processes)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static GrpcChannel Connect(IPEndPoint endPoint) =>
        GrpcChannel.ForAddress($"http://{endPoint}", new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true });

    private static async ValueTask<byte[]> PutAsync(CallInvoker invoker, byte[] request)
    {
        try
        {
            return await invoker.AsyncUnaryCall(PutMethod, null, default, request).ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            throw new OutcomeUnknownException(0, failure);
        }
    }

    // All three agree on who leads.
    private async Task<bool> FindLeaderAsync()
    {
        ulong leaderId = 0;
        List<ulong> members = [];
        foreach (IPEndPoint endPoint in _endPoints)
        {
            using GrpcChannel channel = Connect(endPoint);
            CallOptions soon = new(deadline: DateTime.UtcNow.AddSeconds(5));
            byte[] response = await channel.CreateCallInvoker().AsyncUnaryCall(StatusMethod, null, soon, []).ConfigureAwait(false);
            (ulong member, ulong leader, _version) = EtcdMessages.ReadStatus(response);
            if (leader == 0 || (leaderId != 0 && leader != leaderId))
            {
                return false;
            }

            leaderId = leader;
            members.Add(member);
        }

        int at = members.IndexOf(leaderId);
        _leader = at < 0 ? null : _endPoints[at];
        return at >= 0;
    }
}
