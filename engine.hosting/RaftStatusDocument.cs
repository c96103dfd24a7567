using System.Text.Json.Serialization;

namespace RaftEngine.Hosting;

/// <summary>A node's status as the endpoint tells it.</summary>
internal sealed record RaftStatusDocument(
    string Name,
    ulong NodeId,
    string Role,
    long Term,
    ulong? LeaderId,
    long FirstIndex,
    long LastIndex,
    long DurableIndex,
    long CommitIndex,
    long AppliedIndex,
    long SnapshotIndex,
    string Fingerprint,
    bool IsLogFull,
    bool IsSuperseded,
    double ElectionTimeoutMilliseconds,
    double BroadcastTimeMilliseconds,
    string? Configuration,
    string? Failure);

/// <summary>Writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RaftStatusDocument))]
internal sealed partial class RaftStatusJson : JsonSerializerContext;
