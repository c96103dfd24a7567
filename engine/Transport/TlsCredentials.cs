using System;
using System.Collections.Generic;
using System.Security.Cryptography.X509Certificates;

namespace RaftEngine.Transport;

/// <summary>What a node shows of itself under TLS, and what it trusts. Immutable: to renew any of it, make
/// another.</summary>
public sealed class TlsCredentials
{
    private readonly HashSet<string> _revoked = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Credentials from certificates that are in memory.</summary>
    /// <param name="certificate">This node's, with its private key. If it limits its usage, both server and client
    /// authentication must be among it.</param>
    /// <param name="authorities">The roots that peers' certificates must come from.</param>
    /// <param name="intermediates">Certificates between this node's and a root; they are sent along.</param>
    /// <exception cref="ArgumentException">The private key is missing, or there is no authority.</exception>
    public TlsCredentials(
        X509Certificate2 certificate, X509Certificate2Collection authorities, X509Certificate2Collection? intermediates = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(authorities);
        if (!certificate.HasPrivateKey)
        {
            throw new ArgumentException(
                $"The certificate {certificate.Subject} comes without its private key: load it with the key.", nameof(certificate));
        }

        if (authorities.Count == 0)
        {
            throw new ArgumentException("There is no authority: give the root that issued the peers' certificates.", nameof(authorities));
        }

        Certificate = certificate;
        Authorities = authorities;
        Intermediates = intermediates ?? [];
    }

    /// <summary>This node's certificate, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The roots that peers' certificates must come from.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>Certificates between this node's and a root.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>Serial numbers of certificates that are refused though an authority has issued them: hexadecimal, with
    /// or without colons.</summary>
    public IReadOnlyCollection<string> RevokedSerialNumbers
    {
        get => _revoked;
        init
        {
            foreach (string number in value)
            {
                _revoked.Add(Normalize(number));
            }
        }
    }

    /// <summary>True if the list has this certificate.</summary>
    internal bool IsRevoked(X509Certificate2 certificate) => _revoked.Contains(Normalize(certificate.SerialNumber));

    private static string Normalize(string number) =>
        number.Replace(":", string.Empty, StringComparison.Ordinal).Trim().TrimStart('0');
}
