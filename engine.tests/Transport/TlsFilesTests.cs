using System;
using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using RaftEngine.Bench.Measuring;
using RaftEngine.Tests.Support;
using RaftEngine.Transport;
using Xunit;

namespace RaftEngine.Tests.Transport;

/// <summary>Certificates from files, as people have them, and files that change.</summary>
public sealed class TlsFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();

    private string Authorities => Write("ca.pem", _authority.Root.ExportCertificatePem());

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("key apart")]
    [InlineData("key beside it")]
    [InlineData("key encrypted")]
    [InlineData("pkcs12")]
    [InlineData("pkcs12 with password")]
    public void A_certificate_is_read_with_its_key(string kind)
    {
        X509Certificate2 certificate = _authority.Issue(Sample.Cluster, 1);
        string pem = certificate.ExportCertificatePem();
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        PbeParameters encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        TlsFiles files = kind switch
        {
            "key apart" => new TlsFiles { Certificate = Write("node.pem", pem), Key = Write("node.key", key.ExportPkcs8PrivateKeyPem()), Authorities = Authorities },
            "key beside it" => new TlsFiles { Certificate = Write("node.pem", $"{pem}\n{key.ExportPkcs8PrivateKeyPem()}\n"), Authorities = Authorities },
            "key encrypted" => new TlsFiles
            {
                Certificate = Write("node.pem", pem),
                Key = Write("node.key", key.ExportEncryptedPkcs8PrivateKeyPem("secret", encryption)),
                Password = "secret",
                Authorities = Authorities,
            },
            "pkcs12" => new TlsFiles { Certificate = Write("node.p12", certificate.Export(X509ContentType.Pkcs12)), Authorities = Authorities },
            _ => new TlsFiles { Certificate = Write("node.p12", certificate.Export(X509ContentType.Pkcs12, "secret")), Password = "secret", Authorities = Authorities },
        };
        TlsCredentials read = files.Load();
        Assert.Equal(certificate.Thumbprint, read.Certificate.Thumbprint);
        Assert.True(read.Certificate.HasPrivateKey);
        Assert.Equal(_authority.Root.Thumbprint, Assert.Single(read.Authorities).Thumbprint);
        Assert.Empty(read.Intermediates);
    }

    [Fact]
    public void Serial_numbers_are_read_as_people_write_them()
    {
        X509Certificate2 certificate = _authority.Issue(Sample.Cluster, 1);
        string other = _authority.Issue(Sample.Cluster, 2).SerialNumber;
        TlsFiles files = new()
        {
            Certificate = Write("node.p12", certificate.Export(X509ContentType.Pkcs12)),
            Authorities = Authorities,
            Revoked = Write("revoked", $"# lost in May\n  00{other.ToLowerInvariant()} # node 2\n\n01:02:ab\n"),
        };
        TlsCredentials read = files.Load();
        Assert.Equal([other.TrimStart('0'), "102AB"], read.RevokedSerialNumbers, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_chain_is_sent_along_so_that_peers_need_the_root_only()
    {
        using TestAuthority between = new("CN=between", _authority);
        TlsNodes nodes = new();
        try
        {
            TlsOptions OptionsOf(ulong node)
            {
                X509Certificate2 certificate = between.Issue(Sample.Cluster, node);
                using ECDsa key = certificate.GetECDsaPrivateKey()!;
                TlsFiles files = new()
                {
                    Certificate = Write($"{node}.pem", $"{certificate.ExportCertificatePem()}\n{between.Root.ExportCertificatePem()}\n"),
                    Key = Write($"{node}.key", key.ExportPkcs8PrivateKeyPem()),
                    Authorities = Authorities,
                };
                return new TlsOptions { Credentials = files.Watch() };
            }

            (TcpTransport one, _) = await nodes.StartAsync(1, OptionsOf(1));
            (_, RecordingReceiver received) = await nodes.StartAsync(2, OptionsOf(2));
            await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
        }
        finally
        {
            await nodes.StopAsync();
        }
    }

    [Fact]
    public async Task Files_that_change_are_used_and_files_that_break_are_not()
    {
        TlsFiles files = new() { Certificate = WriteNode(), Authorities = Authorities };
        Func<TlsCredentials> watch = files.Watch();
        TlsCredentials first = watch();
        Assert.Same(first, watch());

        File.WriteAllText(files.Certificate, "-----BEGIN CERTIFICATE-----\nhalf of it");
        await Eventually.True(() => Record.Exception(() => watch()) is CryptographicException, "the broken file is seen");
        WriteNode();
        TlsCredentials next = watch();
        Assert.NotEqual(first.Certificate.Thumbprint, next.Certificate.Thumbprint);

        File.SetLastWriteTimeUtc(files.Certificate, DateTime.UtcNow.AddHours(1)); // touched, and the same
        await Task.Delay(1100);
        Assert.Same(next, watch());
    }

    [Fact]
    public async Task A_node_goes_on_with_the_certificate_that_it_has_and_says_so()
    {
        TlsNodes nodes = new();
        try
        {
            TlsCredentials good = nodes.Authority.CredentialsOf(Sample.Cluster, 1);
            int calls = 0;
            TlsOptions options = new() { Credentials = () => ++calls == 1 ? good : throw new IOException("The disk is away.") };
            (TcpTransport one, _) = await nodes.StartAsync(1, options);
            (_, RecordingReceiver received) = await nodes.StartAsync(2, nodes.Authority.OptionsOf(Sample.Cluster, 2));
            await TcpNodes.ReachedAsync(one, 1, received, 2, 1);
            Assert.True(calls > 1);
            await nodes.LoggedAsync(1, 3020, "The disk is away.");
        }
        finally
        {
            await nodes.StopAsync();
        }
    }

    [Fact]
    public async Task A_file_that_is_missing_ends_the_start_with_its_name()
    {
        TlsFiles files = new() { Certificate = _directory.Sub("missing.pem"), Authorities = Authorities };
        TlsNodes nodes = new();
        FileNotFoundException missing = await Assert.ThrowsAsync<FileNotFoundException>(() => nodes.StartAsync(1, new TlsOptions { Credentials = files.Watch() }));
        Assert.Contains("missing.pem", missing.Message, StringComparison.Ordinal);
        await nodes.StopAsync();
    }

    [Fact]
    public void Credentials_without_a_key_or_an_authority_are_refused()
    {
        X509Certificate2 certificate = _authority.Issue(Sample.Cluster, 1);
        ArgumentException keyless = Assert.Throws<ArgumentException>(() => new TlsCredentials(X509CertificateLoader.LoadCertificate(certificate.RawData), [_authority.Root]));
        Assert.Contains("CN=node 1 comes without its private key", keyless.Message, StringComparison.Ordinal);
        Assert.Contains("no authority", Assert.Throws<ArgumentException>(() => new TlsCredentials(certificate, [])).Message, StringComparison.Ordinal);
    }

    private string WriteNode() => Write("node.p12", _authority.Issue(Sample.Cluster, 1).Export(X509ContentType.Pkcs12));

    private string Write(string name, string text)
    {
        string path = _directory.Sub(name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Write(string name, byte[] bytes)
    {
        string path = _directory.Sub(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
