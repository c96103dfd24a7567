using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using RaftEngine.Samples.Kv.Server;
using RaftEngine.Tests.Samples.Redis;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Samples;

/// <summary>Replicas under TLS, with the certificates that docs/test-certificates.sh makes.</summary>
public sealed class KvTlsTests
{
    [NeedsProgramFact("openssl", "bash")]
    public async Task Replicas_with_certificates_of_the_script_serve()
    {
        using TemporaryDirectory directory = new();
        Guid cluster = Guid.NewGuid();
        string certificates = directory.Sub("certificates");
        string script = Path.Combine(Repository.Root, "docs", "test-certificates.sh");
        using Process made = Process.Start(new ProcessStartInfo("bash", [script, certificates, $"{cluster}", "1", "2", "3"]) { RedirectStandardOutput = true })!;
        string said = await made.StandardOutput.ReadToEndAsync();
        await made.WaitForExitAsync();
        Assert.Equal(0, made.ExitCode);
        Assert.Equal(3, said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        int[] ports = FreePorts.Take(6);
        PeerMap Map(int first) => PeerMap.Parse(string.Join(',', Enumerable.Range(0, 3).Select(i => $"{i + 1}=127.0.0.1:{ports[first + i]}")));
        KvServer[] servers = await Task.WhenAll(Enumerable.Range(1, 3).Select(id => KvServer.StartAsync(
            new ServeOptions
            {
                Id = (ulong)id,
                Peers = Map(0),
                Redis = Map(3).EndPoints[(ulong)id],
                RedisPeers = Map(3),
                DataDirectory = directory.Sub($"{id}"),
                Cluster = cluster,
                Tls = new TlsFiles
                {
                    Certificate = Path.Combine(certificates, $"node{id}.pem"),
                    Key = Path.Combine(certificates, $"node{id}.key"),
                    Authorities = Path.Combine(certificates, "ca.pem"),
                },
            },
            NullLoggerFactory.Instance,
            CancellationToken.None)));
        try
        {
            foreach (int port in ports[3..])
            {
                using RespClient client = await RespClient.ConnectAsync(port);
                await Eventually.True(async () => await client.AskAsync($"SET k {port}") == "+OK", () => "any replica takes commands");
                Assert.Equal($"{port}", await client.AskAsync("GET k"));
            }
        }
        finally
        {
            await Task.WhenAll(servers.Select(static server => server.DisposeAsync().AsTask()));
        }
    }
}
