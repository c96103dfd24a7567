using System;
using System.Threading.Tasks;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>A client of Redis at work.</summary>
internal interface IClientUnderTest : IAsyncDisposable
{
    /// <summary>Connects, and does what applications do: single commands, a pipeline, a big value, bytes of all kinds,
    /// a transaction.</summary>
    Task WorkAsync();

    /// <summary>Goes on after the leader was killed.</summary>
    Task<ClientReport> OutliveAsync();
}
