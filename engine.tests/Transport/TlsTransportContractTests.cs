using System;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Transport;

namespace RaftEngine.Tests.Transport;

/// <summary>The same under TLS.</summary>
public sealed class TlsTransportContractTests : TcpTransportContractTests, IDisposable
{
    private readonly TestAuthority _authority = new();

    private protected override TlsOptions? MakeTls(ulong nodeId) => _authority.OptionsOf(Sample.Cluster, nodeId);

    public void Dispose() => _authority.Dispose();
}
