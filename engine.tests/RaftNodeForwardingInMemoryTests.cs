using System;
using RaftEngine.Transport;

namespace RaftEngine.Tests;

public sealed class RaftNodeForwardingInMemoryTests : RaftNodeForwardingContract
{
    private readonly InMemoryNetwork _network = new();

    private protected override Func<ulong, IRaftTransport> Transports(int nodes) => _network.CreateTransport;
}
