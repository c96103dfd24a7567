using System;
using System.Net;
using System.Threading;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>
/// Asks the system for the addresses of a host, on a thread of its own: the call blocks for as long as the name server takes, and cannot be given up. The thread touches
/// nothing but this object, so it may outlive the transport.
/// </summary>
internal sealed class NameResolution
{
    private readonly Action _ended;
    private IPEndPoint[] _endPoints = [];
    private string _failure = "";
    private int _isCompleted;

    private NameResolution(DnsEndPoint endPoint, Action ended)
    {
        EndPoint = endPoint;
        _ended = ended;
    }

    /// <summary>What is asked for.</summary>
    public DnsEndPoint EndPoint { get; }

    /// <summary>True once it has ended. Before, the members below may not be read.</summary>
    public bool IsCompleted => Volatile.Read(ref _isCompleted) != 0; // Pairs with the write in Run, which comes after all others.

    /// <summary>The addresses, with the port; empty if it has failed.</summary>
    public IPEndPoint[] EndPoints => _endPoints;

    /// <summary>Why it has failed.</summary>
    public string Failure => _failure;

    /// <summary>Begins.</summary>
    /// <param name="endPoint">What to ask for.</param>
    /// <param name="ended">Called on the resolving thread at the end.</param>
    public static NameResolution Start(DnsEndPoint endPoint, Action ended)
    {
        NameResolution resolution = new(endPoint, ended);
        new EngineThread(resolution.Run, "raft resolves a name").Start();
        return resolution;
    }

    private void Run()
    {
        try
        {
            IPAddress[] addresses = Dns.GetHostAddresses(EndPoint.Host, EndPoint.AddressFamily);
            _endPoints = Array.ConvertAll(addresses, address => new IPEndPoint(address, EndPoint.Port));
            _failure = $"{EndPoint.Host} has no address.";
        }
#pragma warning disable CA1031 // Whatever it is, the name has no address just now.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = $"{EndPoint.Host}: {exception.Message}";
        }

        Volatile.Write(ref _isCompleted, 1);
        _ended();
    }
}
