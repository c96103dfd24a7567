using System;
using System.Threading.Tasks;

namespace RaftEngine.Bench.Log;

/// <summary>A log with many callers.</summary>
internal interface IDurableLog
{
    /// <summary>Appends an entry; the wait ends when it is on disk.</summary>
    /// <param name="place">The caller's; it has one entry under way at a time.</param>
    /// <param name="payload">The entry.</param>
    ValueTask AppendAsync(PendingAppend place, ReadOnlyMemory<byte> payload);
}
