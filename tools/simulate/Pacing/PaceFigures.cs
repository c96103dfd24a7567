namespace RaftEngine.Simulate.Pacing;

/// <summary>What one setting made of one weather.</summary>
/// <param name="Weather">The weather.</param>
/// <param name="Setting">The setting.</param>
/// <param name="FalseElections">How many leaders there were beyond the first while nothing was wrong.</param>
/// <param name="OperationsPerSecond">What clients got done meanwhile, in a virtual second.</param>
/// <param name="ElectionTimeoutMilliseconds">The election timeout of the leader in the end.</param>
/// <param name="BroadcastMilliseconds">The broadcast time that it measured.</param>
/// <param name="DetectionMilliseconds">From when a leader is cut off until another one leads: the mean of all tries.</param>
/// <param name="MaxDetectionMilliseconds">The longest of them.</param>
internal sealed record PaceFigures(
    string Weather,
    string Setting,
    long FalseElections,
    double OperationsPerSecond,
    double ElectionTimeoutMilliseconds,
    double BroadcastMilliseconds,
    double DetectionMilliseconds,
    double MaxDetectionMilliseconds);
