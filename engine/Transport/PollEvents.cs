using System;

namespace RaftEngine.Transport;

/// <summary>What a <see cref="PollThread"/> waits for on a socket. The values are those of epoll.</summary>
[Flags]
internal enum PollEvents : uint
{
    /// <summary>Nothing: the socket is not watched.</summary>
    None = 0,

    /// <summary>There is something to read or to accept, or the other end has closed.</summary>
    Readable = 0x1,

    /// <summary>There is room to write, or an attempt to connect has ended.</summary>
    Writable = 0x4,
}
