namespace RaftEngine.LogDump.Comparing;

/// <summary>Whether two logs agree.</summary>
internal enum AgreementKind
{
    /// <summary>They do, as far as both reach.</summary>
    Agree,

    /// <summary>They have different records at an index.</summary>
    Part,

    /// <summary>They part before the first index that both still have.</summary>
    PartEarlier,

    /// <summary>One ends before the other begins, so they cannot be compared.</summary>
    NothingInCommon,
}
