using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RaftEngine.Transport;

/// <summary>The files that a node's <see cref="TlsCredentials"/> come from.</summary>
public sealed record TlsFiles
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>The node's certificate, and those between it and the root behind it: PEM, or PKCS#12 with the private
    /// key.</summary>
    public required string Certificate { get; init; }

    /// <summary>The private key, PEM. Null if <see cref="Certificate"/> has it.</summary>
    public string? Key { get; init; }

    /// <summary>What the private key is encrypted with. Null if it is not.</summary>
    public string? Password { get; init; }

    /// <summary>The roots that peers' certificates must come from, PEM.</summary>
    public required string Authorities { get; init; }

    /// <summary>Serial numbers of revoked certificates, one a line, hexadecimal; <c>#</c> begins a comment. Null for
    /// none.</summary>
    public string? Revoked { get; init; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file is not what it should be, or key and certificate do not
    /// fit.</exception>
    public TlsCredentials Load() => Parse(Read());

    /// <summary>
    /// A function for <see cref="TlsOptions.Credentials"/> that looks at the files, at most once a second, and gives
    /// new credentials when their content has changed. Replaced one after the other, files that do not fit each other
    /// yet are tried again.
    /// </summary>
    public Func<TlsCredentials> Watch()
    {
        TlsCredentials? current = null;
        string currentDigest = string.Empty;
        long lookAt = 0;
        return () =>
        {
            if (current is null || Environment.TickCount64 >= lookAt)
            {
                byte[][] files = Read();
                string digest = DigestOf(files);
                current = digest == currentDigest ? current! : Parse(files);
                currentDigest = digest;
                lookAt = Environment.TickCount64 + (long)LookInterval.TotalMilliseconds;
            }

            return current;
        };
    }

    private static string DigestOf(byte[][] files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] file in files)
        {
            hash.AppendData(BitConverter.GetBytes(file.Length));
            hash.AppendData(file);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static IEnumerable<string> SerialNumbersOf(byte[] file)
    {
        using StreamReader lines = new(new MemoryStream(file));
        while (lines.ReadLine() is { } line)
        {
            string number = line.Split('#')[0].Trim();
            if (number.Length > 0)
            {
                yield return number;
            }
        }
    }

    private static string TextOf(byte[] file)
    {
        using StreamReader reader = new(new MemoryStream(file));
        return reader.ReadToEnd();
    }

    private static X509Certificate2? FirstWithKey(X509Certificate2Collection certificates)
    {
        foreach (X509Certificate2 certificate in certificates)
        {
            if (certificate.HasPrivateKey)
            {
                return certificate;
            }
        }

        return null;
    }

    // Windows' TLS does not use a key that came from PEM and is in memory only.
    private static X509Certificate2 Usable(X509Certificate2 certificate) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null)
        : certificate;

    private byte[][] Read() =>
    [
        File.ReadAllBytes(Certificate),
        Key is null ? [] : File.ReadAllBytes(Key),
        File.ReadAllBytes(Authorities),
        Revoked is null ? [] : File.ReadAllBytes(Revoked),
    ];

    private TlsCredentials Parse(byte[][] files)
    {
        X509Certificate2Collection chain = [];
        X509Certificate2 own;
        if (files[0].AsSpan().StartsWith("-----BEGIN"u8) || Key is not null)
        {
            string text = TextOf(files[0]);
            string key = Key is null ? text : TextOf(files[1]);
            own = Usable(Password is null
                ? X509Certificate2.CreateFromPem(text, key)
                : X509Certificate2.CreateFromEncryptedPem(text, key, Password));
            chain.ImportFromPem(text);
            chain.RemoveAt(0);
        }
        else
        {
            chain = X509CertificateLoader.LoadPkcs12Collection(files[0], Password);
            own = FirstWithKey(chain)
                ?? throw new CryptographicException($"{Certificate} has no certificate with a private key.");
            chain.Remove(own);
        }

        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(TextOf(files[2]));
        return new TlsCredentials(own, authorities, chain) { RevokedSerialNumbers = [.. SerialNumbersOf(files[3])] };
    }
}
