using System.Reflection;

namespace RaftEngine.Protocol;

/// <summary>This release, for messages about what it cannot read.</summary>
internal static class Release
{
    /// <summary>Its number: 0.1.0.</summary>
    public static string Number { get; } = typeof(Release).Assembly.GetName().Version!.ToString(3);

    /// <summary>Says that a later release wrote something.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="version">Its version.</param>
    /// <param name="reads">The versions that this release reads.</param>
    public static string CannotRead(string what, long version, string reads) =>
        $"{what} has version {version}; this release ({Number}) reads {reads}. A later release wrote it: use that one, or one "
        + "after it. Nothing was changed.";
}
