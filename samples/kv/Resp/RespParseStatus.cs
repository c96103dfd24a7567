namespace RaftEngine.Samples.Kv.Resp;

/// <summary>What a parser found.</summary>
internal enum RespParseStatus
{
    /// <summary>Not yet a whole request: read more.</summary>
    NeedMore,

    /// <summary>A request.</summary>
    Request,

    /// <summary>Something that is no request. The connection can not be read any further.</summary>
    Error,
}
