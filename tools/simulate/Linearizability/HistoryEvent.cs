namespace RaftEngine.Simulate.Linearizability;

/// <summary>One line of a history's text: an operation starts, or ends in one of three ways.</summary>
/// <param name="Process">The client; null if the line is about something else, such as a fault being injected.</param>
/// <param name="Type">invoke, ok, fail or info.</param>
/// <param name="Function">read, write, cas, get, put, append or add.</param>
/// <param name="Key">The object, if there are several.</param>
/// <param name="Values">The argument or result; a compare-and-set has two.</param>
internal sealed record HistoryEvent(int? Process, string Type, string Function, string? Key, string?[] Values);
