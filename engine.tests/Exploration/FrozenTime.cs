using System;

namespace RaftEngine.Tests.Exploration;

/// <summary>A clock that stands still: what must grow has to grow by itself.</summary>
internal sealed class FrozenTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
