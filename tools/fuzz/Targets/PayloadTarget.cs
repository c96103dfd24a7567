using System;
using System.Collections.Generic;
using RaftEngine.Protocol;

namespace RaftEngine.Fuzz.Targets;

/// <summary>What entries of the engine's own kinds carry: configurations, sessions, fingerprints. The first byte says which.</summary>
internal sealed class PayloadTarget : FuzzTarget
{
    public override string Name => "payload";

    public override int MaxBytes => 1 << 10;

    public override IReadOnlyList<byte[]> Seeds { get; } = MakeSeeds();

    public override void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> payload = input.AsSpan(1);
        switch (input[0] % 3)
        {
            case 0:
                if (ConfigurationFormat.TryRead(payload, out Configuration? configuration))
                {
                    byte[] again = new byte[ConfigurationFormat.LengthOf(configuration)];
                    ConfigurationFormat.Write(again, configuration);
                    Require(
                        ConfigurationFormat.TryRead(again, out Configuration? read) && read.Equals(configuration),
                        "a configuration that is not read as it is written");
                }

                break;
            case 1:
                if (SessionFormat.TryRead(payload, out SessionHeader header))
                {
                    Require(header.TimeMilliseconds >= 0 && header.SessionId >= 0, "a session header out of range");
                }

                break;
            default:
                FingerprintFormat.TryRead(payload, out _, out _);
                break;
        }
    }

    private static List<byte[]> MakeSeeds()
    {
        List<byte[]> seeds = [];
        Member learner = new(4, MemberRoles.Learner | MemberRoles.Promotable);
        foreach (Configuration configuration in (Configuration[])[new(1, 2, 3), new([new Member(1, MemberRoles.Voter), learner])])
        {
            byte[] bytes = new byte[1 + ConfigurationFormat.LengthOf(configuration)];
            ConfigurationFormat.Write(bytes.AsSpan(1), configuration);
            seeds.Add(bytes);
        }

        byte[] session = new byte[1 + SessionFormat.HeaderBytes + 10];
        session[0] = 1;
        SessionHeader header = new(
            5, SessionOperation.Command, SessionId: 7, Sequence: 2, FirstUnsettled: 1, TimeoutMilliseconds: 0, MaxSessions: 0);
        SessionFormat.Write(session.AsSpan(1), in header);
        seeds.Add(session);
        byte[] fingerprint = new byte[1 + FingerprintFormat.SizeInBytes];
        fingerprint[0] = 2;
        FingerprintFormat.Write(fingerprint.AsSpan(1), 5, 6);
        seeds.Add(fingerprint);
        return seeds;
    }
}
