using System;
using System.Collections.Generic;
using System.Formats.Asn1;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using RaftEngine.Host;

namespace RaftEngine.Transport;

/// <summary>Makes the handshakes of a node: shows its certificate, and judges those of its peers. The TLS thread, where
/// nothing else is said.</summary>
internal sealed class TlsGuard
{
    private const string AlternativeNameOid = "2.5.29.17"; // RFC 5280 §4.2.1.6

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    private readonly TlsOptions _options;
    private readonly RaftIdentity _self;
    private readonly HostLogger _logger;
    private TlsCredentials _credentials;
    private SslStreamCertificateContext _context;

    /// <summary>Asks for the first credentials. Any thread, before all else.</summary>
    /// <exception cref="ArgumentException">The certificate is not this node's.</exception>
    public TlsGuard(TlsOptions options, RaftIdentity self, HostLogger logger)
    {
        _options = options;
        _self = self;
        _logger = logger;
        (_credentials, _context) = Load();
    }

    /// <summary>Makes the handshakes. Set before the first connection.</summary>
    public TlsThread Thread { get; private set; } = null!;

    /// <summary>How long a connection may live.</summary>
    public TimeSpan MaxConnectionAge => _options.MaxConnectionAge;

    /// <summary>Begins.</summary>
    /// <param name="stepped">Called after each step of a handshake, on the thread that makes it.</param>
    public void Start(Action stepped)
    {
        Thread = new TlsThread(stepped, $"raft {_self.NodeId} TLS");
        Thread.Start();
    }

    /// <summary>A channel for a connection that was accepted. The poll thread.</summary>
    public TlsChannel Accept(Socket socket) => new(socket, AuthenticateAsServer);

    /// <summary>A channel for a connection that was dialed. The poll thread.</summary>
    public TlsChannel Dial(Socket socket) => new(socket, AuthenticateAsClient);

    /// <summary>Says why a certificate is not that of a node of this cluster; null if it is. Any thread.</summary>
    public string? Mismatch(X509Certificate2? certificate, ulong nodeId)
    {
        string wanted = TlsOptions.NameOf(_self.ClusterId, nodeId);
        if (certificate is null)
        {
            return "it shows no certificate.";
        }

        if (_options.IsCertificateOf is { } isOf)
        {
            return isOf(certificate, _self.ClusterId, nodeId)
                ? null
                : $"its certificate {certificate.Subject} is not that of node {nodeId} of cluster {_self.ClusterId}, as "
                    + $"{nameof(TlsOptions)}.{nameof(TlsOptions.IsCertificateOf)} says.";
        }

        List<string> names = NamesOf(certificate);
        return names.Contains(wanted, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"its certificate {certificate.Subject} is for {string.Join(", ", names.DefaultIfEmpty("no URI"))}, not for {wanted}.";
    }

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        List<string> names = [];
        try
        {
            foreach (X509Extension extension in certificate.Extensions.Where(static one => one.Oid?.Value == AlternativeNameOid))
            {
                AsnReader reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (reader.HasData)
                {
                    if (reader.PeekTag().HasSameClassAndValue(UriTag))
                    {
                        names.Add(reader.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                    }
                    else
                    {
                        reader.ReadEncodedValue();
                    }
                }
            }
        }
        catch (AsnContentException)
        {
            // A name that cannot be read is none.
        }

        return names;
    }

    private Task AuthenticateAsServer(TlsChannel channel, SslStream stream)
    {
        Renew();
        return stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = MakePolicy(),
            AllowRenegotiation = false,
            AllowTlsResume = false, // Each connection shows that it is trusted now.
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(channel, certificate, chain, errors),
        });
    }

    private Task AuthenticateAsClient(TlsChannel channel, SslStream stream)
    {
        Renew();
        return stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = string.Empty, // Peers are known by node, not by host.
            ClientCertificateContext = _context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = MakePolicy(),
            AllowRenegotiation = false,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(channel, certificate, chain, errors),
        });
    }

    private X509ChainPolicy MakePolicy()
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_credentials.Authorities);
        policy.ExtraStore.AddRange(_credentials.Intermediates);
        return policy;
    }

    private bool IsTrusted(TlsChannel channel, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        channel.Failure = certificate is X509Certificate2 shown ? FaultOf(shown, chain, errors) : "it shows no certificate.";
        return channel.Failure is null;
    }

    private string? FaultOf(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string name = $"its certificate {certificate.Subject}, serial number {certificate.SerialNumber},";
        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) != 0 || chain is null)
        {
            X509ChainStatus[] statuses = chain?.ChainStatus ?? [];
            string faults = string.Join("; ", statuses.Select(static one => $"{one.Status}: {one.StatusInformation.TrimEnd('.', ' ')}"));
            return $"{name} valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}, is refused ({faults}).";
        }

        foreach (X509Certificate2 element in chain.ChainElements.Select(static element => element.Certificate))
        {
            if (_credentials.IsRevoked(element) || _options.IsRevoked?.Invoke(element) == true)
            {
                return $"{name} is revoked" + (element.Equals(certificate) ? "." : $", as its issuer {element.Subject} is.");
            }
        }

        return null;
    }

    private void Renew()
    {
        try
        {
            (_credentials, _context) = Load();
        }
#pragma warning disable CA1031 // A host's function: whatever it throws, there are the credentials before.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.CredentialsFailed(_logger, _self.NodeId, exception.Message);
        }
    }

    private (TlsCredentials Credentials, SslStreamCertificateContext Context) Load()
    {
        TlsCredentials credentials = _options.Credentials()
            ?? throw new ArgumentException($"{nameof(TlsOptions)}.{nameof(TlsOptions.Credentials)} returned null, not credentials.");
        if (ReferenceEquals(credentials, _credentials))
        {
            return (_credentials, _context);
        }

        if (Mismatch(credentials.Certificate, _self.NodeId) is { } mismatch)
        {
            throw new ArgumentException(
                $"Node {_self.NodeId} of cluster {_self.ClusterId} has the wrong certificate: {mismatch} Give it one with "
                + $"that alternative name (type URI), or say by {nameof(TlsOptions)}.{nameof(TlsOptions.IsCertificateOf)} which "
                + "node a certificate belongs to.");
        }

        X509Certificate2 certificate = credentials.Certificate;
        TransportLog.CertificateUsed(_logger, _self.NodeId, certificate.Subject, certificate.SerialNumber, certificate.NotAfter);
        return (credentials, SslStreamCertificateContext.Create(certificate, credentials.Intermediates, offline: true));
    }
}
