using System;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RaftEngine.Transport;

namespace RaftEngine.Bench.Measuring;

/// <summary>A root that issues the certificates of nodes, in memory.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>An authority: a root, or one that another has issued.</summary>
    public TestAuthority(string name = "CN=test root", TestAuthority? issuer = null)
    {
        CertificateRequest request = new(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        (DateTimeOffset from, DateTimeOffset to) = (DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow.AddYears(5));
        Root = issuer is null
            ? request.CreateSelfSigned(from, to.AddDays(1))
            : request.Create(
                issuer.Root.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer._key), from, to, RandomNumberGenerator.GetBytes(16));
    }

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>A node's certificate with its private key.</summary>
    public X509Certificate2 Issue(
        Guid cluster, ulong node, DateTimeOffset? from = null, DateTimeOffset? to = null, string[]? usages = null, string? name = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X500DistinguishedName subject = new($"CN=node {node}");
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddUri(new Uri(name ?? TlsOptions.NameOf(cluster, node)));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        if (usages is not null)
        {
            OidCollection oids = [];
            foreach (string usage in usages)
            {
                oids.Add(new Oid(usage));
            }

            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, true));
        }

        using X509Certificate2 issued = request.Create(
            Root.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            from ?? DateTimeOffset.UtcNow.AddDays(-1),
            to ?? DateTimeOffset.UtcNow.AddDays(30),
            RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Credentials of a node that trusts this root.</summary>
    public TlsCredentials CredentialsOf(Guid cluster, ulong node) => new(Issue(cluster, node), [Root]);

    /// <summary>Options of a node that trusts this root.</summary>
    public TlsOptions OptionsOf(Guid cluster, ulong node)
    {
        TlsCredentials credentials = CredentialsOf(cluster, node);
        return new TlsOptions { Credentials = () => credentials };
    }

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }
}
