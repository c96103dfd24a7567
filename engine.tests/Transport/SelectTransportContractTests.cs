using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

/// <summary>The same with the poller of systems that have no epoll.</summary>
public sealed class SelectTransportContractTests : TcpTransportContractTests
{
    private protected override IPoller MakePoller() => new SelectPoller();
}
