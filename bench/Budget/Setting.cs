using System;

namespace RaftEngine.Bench.Budget;

/// <summary>Options under a name.</summary>
/// <param name="Name">What stands in tables.</param>
/// <param name="Apply">Gives them, out of the default ones.</param>
internal sealed record Setting(string Name, Func<RaftOptions, RaftOptions> Apply)
{
    /// <summary>The engine's default options.</summary>
    public static Setting Default { get; } = new("default", static options => options);
}
