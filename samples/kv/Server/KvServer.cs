using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using RaftEngine.Samples.Kv.Store;
using RaftEngine.Transport;

namespace RaftEngine.Samples.Kv.Server;

/// <summary>One replica: its node, its transport, and the listener for clients.</summary>
internal sealed class KvServer : IAsyncDisposable
{
    /// <summary>How long another replica has to take over before this one stops.</summary>
    private static readonly TimeSpan ResignTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long clients are told that the replica stops before their connections are closed. One whose
    /// connection is closed under a request does not know its
    /// outcome.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    private readonly TcpTransport _transport;
    private readonly RaftNode<KvResult> _node;
    private readonly ExpiryTicker _ticker;
    private readonly KvListener _listener;
    private readonly KvService _service;
    private readonly PeerWatch _peers;
    private readonly Timer _watch;

    private KvServer(
        TcpTransport transport,
        RaftNode<KvResult> node,
        ExpiryTicker ticker,
        KvListener listener,
        KvService service,
        PeerWatch peers,
        Timer watch)
    {
        _service = service;
        _peers = peers;
        _transport = transport;
        _node = node;
        _ticker = ticker;
        _listener = listener;
        _watch = watch;
    }

    /// <summary>The node's state.</summary>
    public RaftStatus Status => _node.Status;

    /// <summary>Ends when the node has stopped; faulted with the cause if a failure stopped it.</summary>
    public Task Completion => _node.Completion;

    /// <summary>Starts a replica.</summary>
    public static async Task<KvServer> StartAsync(ServeOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("kv");
        byte[]? password = options.ReadPassword();
        Guid cluster = await ClusterIdentity.EstablishAsync(options, password, logger, cancellationToken).ConfigureAwait(false);
        TcpTransport transport = new(new TcpTransportOptions
        {
            ListenEndPoint = PeerMap.ToListenEndPoint(options.Peers.EndPoints[options.Id]),
            Peers = options.Peers.EndPoints,
            Tls = options.Tls is { } files ? new TlsOptions { Credentials = files.Watch() } : null,
            AllowPlaintext = options.AllowsPlaintext,
            Logger = loggers.CreateLogger("RaftEngine.Transport"),
        });
        RaftNode<KvResult>? node = null;
        ExpiryTicker? ticker = null;
        try
        {
            KvStateMachine store = new() { MemberAdded = member => AddPeer(options, member) };
            node = await RaftNode.StartAsync(RaftOptionsOf(options, cluster), store, transport, loggers.CreateLogger("RaftEngine"), cancellationToken).ConfigureAwait(false);
            RaftReplica replica = new(node, store, options.Forwards);
            PeerWatch peers = new(options.RedisPeers, options.Id);
            ticker = new ExpiryTicker(replica);
            KvService service = new(replica, options.RedisPeers, password)
            {
                Limits = options.Limits,
                IsProtected = options.IsProtected,
                Watch = peers,
                SpreadsSlots = options.SpreadsSlots && options.Forwards,
                Administration = new RaftAdministration(node, options, cluster, password, logger),
            };
            KvListener listener = await KvListener.StartAsync(PeerMap.ToListenEndPoint(options.Redis), service, loggers, cancellationToken).ConfigureAwait(false);
            ticker.Start();
            return new KvServer(transport, node, ticker, listener, service, peers, WatchMembers(node, peers, options, logger));
        }
        catch
        {
            if (ticker is not null)
            {
                await ticker.DisposeAsync().ConfigureAwait(false);
            }

            if (node is not null)
            {
                await node.DisposeAsync().ConfigureAwait(false);
            }

            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops in order. Leadership goes first, while clients are still served. Then each client learns with its next
    /// request that this replica stops, and goes elsewhere; then those
    /// that are left are closed, so that nothing new comes; then the node, which syncs; then its connections.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync().ConfigureAwait(false);
        await _peers.DisposeAsync().ConfigureAwait(false);
        await ResignAsync().ConfigureAwait(false);
        _service.IsStopping = true;
        await Task.Delay(_service.Connections.IsEmpty ? TimeSpan.Zero : FarewellTime).ConfigureAwait(false);
        await _listener.StopAsync().ConfigureAwait(false);
        await _ticker.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private static RaftOptions RaftOptionsOf(ServeOptions options, Guid cluster) => new()
    {
        NodeId = options.Id,
        Voters = options.Voters ?? options.Peers.Ids,
        DataDirectory = options.DataDirectory,
        ClusterId = cluster,
        Durability = options.Durability,
        ForwardProposals = options.Forwards,
        MaxCommandBytes = ServeOptions.MaxCommandBytes,
        ProposalQueueBytes = ServeOptions.QueueBytes,
        MessageQueueBytes = ServeOptions.QueueBytes,
    };

    /// <summary>Takes a replica in that was added later, unless the command line says where it is.</summary>
    private static void AddPeer(ServeOptions options, KvMember member)
    {
        if (member.Id != options.Id)
        {
            options.Peers.Set(member.Id, PeerMap.ParseEndPoint(member.Address));
            options.RedisPeers.Set(member.Id, PeerMap.ParseEndPoint(member.ClientAddress));
        }
    }

    private static Timer WatchMembers(RaftNode<KvResult> node, PeerWatch peers, ServeOptions options, ILogger logger)
    {
        bool told = false;
        return new Timer(
            _ =>
            {
                peers.Start(); // those that were added meanwhile
                bool isSuperseded = node.Status.IsSuperseded;
                if (isSuperseded && !told)
                {
                    ServerLog.AwaitsReplacement(logger, options.Id, ClientAddress.Of(options.Redis).Port);
                }

                told = isSuperseded;
            },
            null,
            TimeSpan.Zero,
            WatchInterval);
    }

    private async Task ResignAsync()
    {
        if (_node.Status.Role != RaftRole.Leader)
        {
            return;
        }

        using CancellationTokenSource patience = new(ResignTimeout);
        try
        {
            await _node.ResignAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RequestRefusedException or RaftOverloadedException or ObjectDisposedException or OperationCanceledException)
        {
            // There is no other to lead, or it does not take over: the node stops all the same.
        }
    }
}
