using System;
using RaftEngine.Transport;

namespace RaftEngine.Tests;

/// <summary>Nodes whose entries are applied on the thread that finds them committed.</summary>
public class RaftNodeInlineTests : RaftNodeContract
{
    private readonly InMemoryNetwork _network = new();

    private protected override Func<ulong, IRaftTransport> Transports(int nodes) => _network.CreateTransport;

    private protected override RaftOptions Adapt(RaftOptions options) => options with { ApplyInline = true };
}
