namespace RaftEngine.Samples.Kv.Resp;

/// <summary>
/// What one request may be. Every length is held against these before anything is kept for it. A request that is too
/// large, but that redis would read, is read past and refused;
/// what redis does not take for a request either ends the connection.
/// </summary>
internal static class RespLimits
{
    /// <summary>The longest argument, in bytes.</summary>
    public const int MaxBulkBytes = 8 << 20;

    /// <summary>The longest request, headers included, in bytes: one longest value, and a megabyte for everything
    /// else.</summary>
    public const int MaxRequestBytes = MaxBulkBytes + (1 << 20);

    /// <summary>The most arguments of a request, the command's name included.</summary>
    public const int MaxArguments = 131_072;

    /// <summary>The longest argument that is read past, in bytes: redis' own bound.</summary>
    public const int MaxSkippedBulkBytes = 512 << 20;

    /// <summary>The longest inline request, and the longest line with a length, in bytes.</summary>
    public const int MaxLineBytes = 64 << 10;

    /// <summary>The most arguments of a client that has not given the password yet.</summary>
    public const int MaxUnauthenticatedArguments = 10;

    /// <summary>The longest argument of such a client, in bytes.</summary>
    public const int MaxUnauthenticatedBulkBytes = 16 << 10;
}
