namespace RaftEngine.Log;

/// <summary>Is shown records, one after the other, in the order of their indexes.</summary>
/// <param name="segment">The name of the segment file.</param>
/// <param name="offset">The record's offset in it, in bytes.</param>
/// <param name="record">The record; its payload is valid during the call only.</param>
/// <returns>False to see no more.</returns>
public delegate bool LogRecordVisitor(string segment, long offset, LogRecord record);
