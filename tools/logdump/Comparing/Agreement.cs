namespace RaftEngine.LogDump.Comparing;

/// <summary>How far two logs agree.</summary>
/// <param name="Kind">Whether they do.</param>
/// <param name="Index">The last index at which they were compared and agree; if they part, the first at which they do not.</param>
internal readonly record struct Agreement(AgreementKind Kind, long Index);
