using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Cluster;

/// <summary>A command of an <see cref="OpenLoop"/> that is on its way; used again for another once it has ended.</summary>
internal sealed class OpenCommand
{
    private readonly OpenLoop _load;
    private readonly Action _end;
    private ConfiguredValueTaskAwaitable<Applied<long>>.ConfiguredValueTaskAwaiter _awaiter;

    public OpenCommand(OpenLoop load)
    {
        _load = load;
        _end = () => _load.End(this, isInline: false);
    }

    /// <summary>When it was due.</summary>
    public long Due { get; set; }

    /// <summary>Waits for what was proposed.</summary>
    /// <returns>False if it was refused, and must be brought again.</returns>
    public bool Begin(ValueTask<Applied<long>> proposal)
    {
        _awaiter = proposal.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            return _load.End(this, isInline: true);
        }

        _awaiter.UnsafeOnCompleted(_end);
        return true;
    }

    /// <summary>Its result, once it has ended; throws what it failed with.</summary>
    public void GetResult() => _awaiter.GetResult();
}
