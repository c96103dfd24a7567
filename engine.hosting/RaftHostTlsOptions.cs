using System;
using RaftEngine.Transport;

namespace RaftEngine.Hosting;

/// <summary>TLS between the nodes, as an application's configuration states it. Paths are relative to the working
/// directory.</summary>
public sealed class RaftHostTlsOptions
{
    /// <summary><see cref="TlsFiles.Certificate"/>. Required.</summary>
    public string Certificate { get; set; } = string.Empty;

    /// <summary><see cref="TlsFiles.Key"/>. Default: <see cref="Certificate"/> has the key.</summary>
    public string? Key { get; set; }

    /// <summary><see cref="TlsFiles.Password"/>. Default: none.</summary>
    public string? Password { get; set; }

    /// <summary><see cref="TlsFiles.Authorities"/>. Required.</summary>
    public string Authorities { get; set; } = string.Empty;

    /// <summary><see cref="TlsFiles.Revoked"/>. Default: none.</summary>
    public string? Revoked { get; set; }

    /// <summary><see cref="TlsOptions.MaxConnectionAge"/>. Default: the engine's.</summary>
    public TimeSpan? MaxConnectionAge { get; set; }

    internal TlsOptions Make()
    {
        TlsFiles files = new() { Certificate = Certificate, Key = Key, Password = Password, Authorities = Authorities, Revoked = Revoked };
        Func<TlsCredentials> credentials = files.Watch();
        return MaxConnectionAge is { } age
            ? new TlsOptions { Credentials = credentials, MaxConnectionAge = age }
            : new TlsOptions { Credentials = credentials };
    }
}
