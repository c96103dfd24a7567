namespace RaftEngine.Samples.Kv.Resp;

/// <summary>What one request may be. Every length is held against these before anything is kept for it.</summary>
internal static class RespLimits
{
    /// <summary>
    /// The longest request, headers included, in bytes. As a command in the log it is shorter than this, so that it always fits an entry of the engine's default
    /// size of 1 MiB: a field costs at least five bytes in a request and at most three there, and the kilobyte is for the command's own header.
    /// </summary>
    public const int MaxRequestBytes = (1 << 20) - 1024;

    /// <summary>The longest argument, in bytes: what is left for one key and a value.</summary>
    public const int MaxBulkBytes = MaxRequestBytes - 1024;

    /// <summary>The most arguments of a request, the command's name included.</summary>
    public const int MaxArguments = 16_384;

    /// <summary>The longest inline request, in bytes.</summary>
    public const int MaxInlineBytes = 64 << 10;

    /// <summary>The longest header line, behind its type byte: sign, digits and room for leading zeros.</summary>
    public const int MaxHeaderBytes = 32;
}
