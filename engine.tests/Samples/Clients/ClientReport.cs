using System.Collections.Generic;

namespace RaftEngine.Tests.Samples.Clients;

/// <summary>How a client fared after the leader was killed.</summary>
/// <param name="Seconds">How long it took until a write succeeded that was begun after the kill.</param>
/// <param name="Errors">What the application saw until then and for twenty writes more.</param>
internal sealed record ClientReport(double Seconds, IReadOnlyList<string> Errors);
