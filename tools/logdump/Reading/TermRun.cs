namespace RaftEngine.LogDump.Reading;

/// <summary>The records of one term.</summary>
/// <param name="Term">The term.</param>
/// <param name="FirstIndex">The first record's index.</param>
/// <param name="LastIndex">The last one's.</param>
/// <param name="RecordBytes">What they take on disk.</param>
/// <param name="NoOpIndex">The index of its leader's no-op, with which a leader begins its term; 0 if the log has none.</param>
internal readonly record struct TermRun(long Term, long FirstIndex, long LastIndex, long RecordBytes, long NoOpIndex)
{
    public long Records => LastIndex - FirstIndex + 1;
}
