using System;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Peers;

/// <summary>A system under comparison, running.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>Its name, with its version if it is not the engine's own.</summary>
    string System { get; }

    /// <summary>How many nodes it has.</summary>
    int Nodes { get; }

    /// <summary>What an acknowledged write has survived: a sentence.</summary>
    string Durability { get; }

    /// <summary>Who brings the load, and how.</summary>
    string Driver { get; }

    /// <summary>Measures writes.</summary>
    /// <param name="payload">Bytes of a value.</param>
    /// <param name="clients">Clients, each with one write on its way.</param>
    /// <param name="time">How long.</param>
    Task<PeerFigures> MeasureAsync(int payload, int clients, TimeSpan time);
}
