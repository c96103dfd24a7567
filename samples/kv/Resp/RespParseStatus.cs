namespace RaftEngine.Samples.Kv.Resp;

/// <summary>What a parser found.</summary>
internal enum RespParseStatus
{
    /// <summary>Not yet a whole request: read more.</summary>
    NeedMore,

    /// <summary>A request.</summary>
    Request,

    /// <summary>The end of a request that is larger than <see cref="RespLimits"/> allow. It has been read
    /// past.</summary>
    TooLarge,

    /// <summary>Something that is no request. The connection cannot be read any further.</summary>
    Error,
}
