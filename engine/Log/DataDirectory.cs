using System;

namespace RaftEngine.Log;

/// <summary>STUB.</summary>
internal sealed class DataDirectory : IDisposable
{
    public static DataDirectory Open(string path, LogOptions options) => throw new NotSupportedException();
    public Guid LogId => throw new NotSupportedException();
    public SegmentedLog Log => throw new NotSupportedException();
    public HardStateFile HardState => throw new NotSupportedException();
    public void Dispose() { }
    public void Abandon() { _ = Log; }
}
