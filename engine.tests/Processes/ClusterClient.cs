using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using RaftEngine.Tests.Support;

namespace RaftEngine.Tests.Processes;

/// <summary>A client of the whole cluster: goes where MOVED sends it, and from a replica that does not answer to the next one. One request at a time.</summary>
internal sealed class ClusterClient : IDisposable
{
    private readonly int[] _ports;
    private RespConnection? _connection;
    private int _port;

    public ClusterClient(int[] ports)
    {
        _ports = ports;
        _port = ports[0];
    }

    /// <summary>Tries once.</summary>
    /// <returns>What became of it, and the reply's items if there is a reply.</returns>
    /// <exception cref="InvalidOperationException">The reply is an error that a working cluster does not give.</exception>
    public async Task<(AttemptOutcome Outcome, string?[] Reply)> TryAsync(params string[] request)
    {
        try
        {
            _connection ??= await RespConnection.ConnectAsync(_port);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            GoTo(NextPort());
            return (AttemptOutcome.NotDone, []);
        }

        string?[] reply;
        try
        {
            reply = await _connection.AskAsync(request);
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            GoTo(NextPort());
            return (AttemptOutcome.Unknown, []);
        }

        return (OutcomeOf(reply), reply);
    }

    /// <summary>Tries until there is an answer; for requests that may be done twice.</summary>
    public async Task<string?[]> AskAsync(params string[] request)
    {
        string?[] reply = [];
        await Eventually.True(
            async () =>
            {
                (AttemptOutcome outcome, reply) = await TryAsync(request);
                return outcome == AttemptOutcome.Done;
            },
            () => $"an answer to {request[0]} {request[1]}, last {string.Join(' ', reply)}");
        return reply;
    }

    public void Dispose() => _connection?.Dispose();

    private AttemptOutcome OutcomeOf(string?[] reply)
    {
        string first = reply.Length == 1 ? reply[0] ?? string.Empty : string.Empty;
        if (first.Length == 0 || first[0] != '-')
        {
            return AttemptOutcome.Done;
        }

        switch (first.Split(' ')[0])
        {
            case "-MOVED":
                GoTo(int.Parse(first.AsSpan(first.LastIndexOf(':') + 1), CultureInfo.InvariantCulture));
                return AttemptOutcome.NotDone;
            case "-CLUSTERDOWN":
                GoTo(NextPort());
                return AttemptOutcome.NotDone;
            case "-TRYAGAIN":
                return AttemptOutcome.NotDone;
            case "-UNKNOWN":
                return AttemptOutcome.Unknown;
            default:
                throw new InvalidOperationException($"A replica at port {_port} answered: {first}");
        }
    }

    private int NextPort() => _ports[(Array.IndexOf(_ports, _port) + 1) % _ports.Length];

    private void GoTo(int port)
    {
        _connection?.Dispose();
        _connection = null;
        _port = port;
    }
}
