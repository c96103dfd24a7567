using System;
using RaftEngine.Protocol;

namespace RaftEngine.Log;

/// <summary>STUB.</summary>
internal sealed class HardStateFile : IDisposable
{
    public HardState Current => throw new NotSupportedException();
    public void Save(HardState state) => throw new NotSupportedException();
    public void Dispose() { }
}
