using System;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Sessions;

/// <summary>The bytes in front of a session's command.</summary>
public class SessionFormatTests
{
    public static TheoryData<SessionHeader> Sound => new()
    {
        new SessionHeader(0, SessionOperation.Open, TimeoutMilliseconds: 1, MaxSessions: 1),
        new SessionHeader(long.MaxValue, SessionOperation.Open, TimeoutMilliseconds: long.MaxValue, MaxSessions: int.MaxValue),
        new SessionHeader(5, SessionOperation.Command, 7, 1, 1),
        new SessionHeader(5, SessionOperation.Command, 7, 64, 1),
        new SessionHeader(5, SessionOperation.Command, long.MaxValue, long.MaxValue, long.MaxValue - 63),
        new SessionHeader(5, SessionOperation.Keep, 7),
        new SessionHeader(5, SessionOperation.Close, 7),
    };

    public static TheoryData<SessionHeader> Unsound => new()
    {
        default(SessionHeader),
        new SessionHeader(-1, SessionOperation.Keep, 7),
        new SessionHeader(0, SessionOperation.Open, TimeoutMilliseconds: 0, MaxSessions: 1),
        new SessionHeader(0, SessionOperation.Open, TimeoutMilliseconds: 1, MaxSessions: 0),
        new SessionHeader(0, SessionOperation.Open, SessionId: 4, TimeoutMilliseconds: 1, MaxSessions: 1),
        new SessionHeader(5, SessionOperation.Command, 0, 1, 1),
        new SessionHeader(5, SessionOperation.Command, 7, 0, 0),
        new SessionHeader(5, SessionOperation.Command, 7, 1, 0),
        new SessionHeader(5, SessionOperation.Command, 7, 1, 2),
        new SessionHeader(5, SessionOperation.Command, 7, 65, 1),
        new SessionHeader(5, SessionOperation.Command, 7, long.MinValue, long.MaxValue),
        new SessionHeader(5, SessionOperation.Keep, 7, 1),
        new SessionHeader(5, SessionOperation.Close, -7),
        new SessionHeader(5, (SessionOperation)5, 7),
    };

    [Theory]
    [MemberData(nameof(Sound))]
    public void What_is_written_is_read(SessionHeader header)
    {
        byte[] payload = new byte[SessionFormat.HeaderBytes];
        SessionFormat.Write(payload, in header);

        Assert.True(SessionFormat.TryRead(payload, out SessionHeader read));
        Assert.Equal(header, read);
        Assert.False(SessionFormat.TryRead(payload.AsSpan(0, payload.Length - 1), out _));
    }

    [Theory]
    [MemberData(nameof(Unsound))]
    public void What_makes_no_sense_is_not_read(SessionHeader header)
    {
        byte[] payload = new byte[SessionFormat.HeaderBytes];
        SessionFormat.Write(payload, in header);

        Assert.False(SessionFormat.TryRead(payload, out _));
    }

    [Fact]
    public void Only_a_command_has_something_behind_it()
    {
        byte[] payload = new byte[SessionFormat.HeaderBytes + 3];
        SessionFormat.Write(payload, new SessionHeader(1, SessionOperation.Command, 7, 1, 1));
        Assert.True(SessionFormat.TryRead(payload, out _));
        SessionFormat.Write(payload, new SessionHeader(1, SessionOperation.Keep, 7));
        Assert.False(SessionFormat.TryRead(payload, out _));
    }

    [Fact]
    public void The_bytes_are_those_that_are_drawn()
    {
        byte[] payload = new byte[SessionFormat.HeaderBytes];
        SessionFormat.Write(payload, new SessionHeader(0, SessionOperation.Command, 0x0102, 0x0304, 0x0305 - 1));
        SessionFormat.Stamp(payload, 0x0A0B);

        Assert.Equal("0B0A000000000000" + "02000000" + "00000000" + "0201000000000000" + "0403000000000000" + "0403000000000000", Convert.ToHexString(payload));
    }
}
