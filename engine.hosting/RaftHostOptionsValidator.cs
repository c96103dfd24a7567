using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using Microsoft.Extensions.Options;

namespace RaftEngine.Hosting;

/// <summary>Checks a node's options when the host starts, and reports every fault at once, each with what to write instead.</summary>
internal sealed class RaftHostOptionsValidator(string name) : IValidateOptions<RaftHostOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, RaftHostOptions options)
    {
        if (optionsName != name)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> faults = [];
        CheckIdentity(options, faults);
        CheckAddresses(options, faults);
        CheckTls(options, faults);
        if (options.MaxUnappliedEntries < 1)
        {
            faults.Add($"{nameof(options.MaxUnappliedEntries)} is {options.MaxUnappliedEntries}: it must be at least 1.");
        }

        if (faults.Count == 0)
        {
            CheckBounds(options, faults);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.Select(fault => $"Raft \"{name}\": {fault}"));
    }

    private static void CheckIdentity(RaftHostOptions options, List<string> faults)
    {
        if (options.NodeId == 0)
        {
            faults.Add($"{nameof(options.NodeId)} is 0 or missing: give this node the id that it has in {nameof(options.Peers)}.");
        }

        if (options.ClusterId == Guid.Empty)
        {
            faults.Add($"{nameof(options.ClusterId)} is missing: make a new GUID once, and give the same one to every node.");
        }

        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            faults.Add($"{nameof(options.DataDirectory)} is missing: name a directory that belongs to this node alone.");
        }
    }

    private static void CheckAddresses(RaftHostOptions options, List<string> faults)
    {
        HashSet<ulong> ids = [];
        foreach ((string key, string address) in options.Peers)
        {
            if (!ulong.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) || id == 0)
            {
                faults.Add($"{nameof(options.Peers)} has the key \"{key}\": the keys are node ids from 1.");
                continue;
            }

            ids.Add(id);
            if (HostAddress.Parse(address) is null)
            {
                faults.Add($"{nameof(options.Peers)}:{key} is \"{address}\": write \"host:port\", and IPv6 addresses in brackets.");
            }
        }

        if (options.Peers.Count > 0 && options.NodeId != 0 && !ids.Contains(options.NodeId))
        {
            faults.Add($"{nameof(options.Peers)} has no entry for this node, {options.NodeId}: add where it listens.");
        }

        if (options.Listen is not null && HostAddress.ParseListen(options.Listen) is null)
        {
            faults.Add($"{nameof(options.Listen)} is \"{options.Listen}\": write \"host:port\" or \"*:port\".");
        }

        foreach (ulong voter in options.Voters.Where(voter => options.Peers.Count > 0 && !ids.Contains(voter)))
        {
            faults.Add($"{nameof(options.Voters)} has {voter}, which {nameof(options.Peers)} lacks: add its address.");
        }

        foreach ((string key, string address) in options.HttpAddresses)
        {
            bool isHttp = Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https";
            if (!isHttp || !ulong.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                faults.Add($"{nameof(options.HttpAddresses)}:{key} is \"{address}\": write a node's id and an absolute URL, such as \"https://host:5001\".");
            }
        }
    }

    private static void CheckTls(RaftHostOptions options, List<string> faults)
    {
        string key = options.NodeId.ToString(CultureInfo.InvariantCulture);
        string? own = options.Listen ?? (options.Peers.TryGetValue(key, out string? address) ? address : null);
        if (options.Tls is not { } tls)
        {
            if (!options.AllowPlaintext && HostAddress.ParseListen(own) is { } listen && !IPAddress.IsLoopback(listen.Address))
            {
                faults.Add(
                    $"this node would listen on {listen}, beyond this machine, in plaintext: give the files of "
                    + $"{nameof(options.Tls)}, or set {nameof(options.AllowPlaintext)} within a network that is trusted.");
            }

            return;
        }

        (string Name, string? Path)[] files =
        [
            (nameof(tls.Certificate), tls.Certificate), (nameof(tls.Key), tls.Key),
            (nameof(tls.Authorities), tls.Authorities), (nameof(tls.Revoked), tls.Revoked),
        ];
        foreach ((string name, string? path) in files.Where(static file => file.Path is not null && !File.Exists(file.Path)))
        {
            faults.Add(path!.Length == 0
                ? $"{nameof(options.Tls)}:{name} is missing: name the file, or leave out {nameof(options.Tls)} altogether."
                : $"{nameof(options.Tls)}:{name} is \"{path}\": there is no such file.");
        }
    }

    // The engine's own checks, which need options that are complete.
    private static void CheckBounds(RaftHostOptions options, List<string> faults)
    {
        try
        {
            RaftHostSettings.EngineOptions(options).Validate();
        }
        catch (ArgumentException exception)
        {
            faults.Add(exception.Message);
        }
    }
}
