using System;
using System.Security.Cryptography.X509Certificates;

namespace RaftEngine.Transport;

/// <summary>
/// Mutual TLS for the connections between nodes (TLS 1.2 or 1.3). Each end shows a certificate that one of the other's
/// authorities has issued, and that belongs to the node which the hello names. Nothing is asked of the network:
/// revocation is by list or callback.
/// </summary>
public sealed class TlsOptions
{
    /// <summary>
    /// What this node shows and trusts. Asked for at the start and before each handshake, on a thread of the
    /// transport's; it must be quick. Another object than before is used from then on: so certificates are renewed
    /// without a restart (<see cref="TlsFiles.Watch"/>). If it throws, or the certificate is not this node's, the start
    /// fails; later the ones before stay in use, and the log says so.
    /// </summary>
    public required Func<TlsCredentials> Credentials { get; init; }

    /// <summary>True if a certificate belongs to a node of a cluster. Null, the default: it does if it has the
    /// alternative name <c>raft://cluster/node</c>, as <see cref="NameOf"/> writes it. Any of the transport's threads;
    /// it must be quick.</summary>
    public Func<X509Certificate2, Guid, ulong, bool>? IsCertificateOf { get; init; }

    /// <summary>True if a certificate is revoked; asked for each of a chain, besides
    /// <see cref="TlsCredentials.RevokedSerialNumbers"/>. On a thread of the transport's; it must be quick. If it
    /// throws, the connection is refused.</summary>
    public Func<X509Certificate2, bool>? IsRevoked { get; init; }

    /// <summary>How long a connection lives before it is made anew, with the certificates of then: the longest that a
    /// certificate is of use after it has expired or was revoked. Default 24 h; 100 ms to 30 days.</summary>
    public TimeSpan MaxConnectionAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The alternative name of type URI that a node's certificate needs:
    /// <c>raft://00000000-0000-0000-0000-000000000000/1</c>.</summary>
    public static string NameOf(Guid clusterId, ulong nodeId) => $"raft://{clusterId:D}/{nodeId}";

    /// <summary>Notes what is outside its bounds.</summary>
    internal void Check(OptionChecks checks)
    {
        checks.Require(Credentials is not null, $"{nameof(TcpTransportOptions.Tls)}.{nameof(Credentials)}", "null", "set");
        checks.Within(
            MaxConnectionAge,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromDays(30),
            $"{nameof(TcpTransportOptions.Tls)}.{nameof(MaxConnectionAge)}");
    }
}
