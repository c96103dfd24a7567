using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using RaftEngine.Samples.Kv.Measuring;

namespace RaftEngine.Tests.Support;

/// <summary>Loopback ports that nothing listens on, none given twice in this run.</summary>
internal static class FreePorts
{
    /// <summary>Where nodes 1 to so many can listen.</summary>
    public static Dictionary<ulong, EndPoint> EndPoints(int nodes) => LoopbackPorts.Take(nodes)
        .Select((endPoint, position) => (Id: (ulong)position + 1, EndPoint: (EndPoint)endPoint))
        .ToDictionary(node => node.Id, node => node.EndPoint);

    /// <summary>So many different ones.</summary>
    public static int[] Take(int count) => Array.ConvertAll(LoopbackPorts.Take(count), static endPoint => endPoint.Port);
}
