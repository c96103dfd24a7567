using System.Threading;
using RaftEngine.Bench.Measuring;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Cluster;

/// <summary>Counts the append requests with entries that one node has sent, and their entries. One thread at a time sends; any thread may read.</summary>
internal sealed class FrameCount : IMessageCount
{
    private long _frames;
    private long _entries;

    /// <summary>Append requests with entries.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>The entries that they carried.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <inheritdoc/>
    public void Sending(in Message message, int bodyBytes) => Count(in message, 1);

    /// <inheritdoc/>
    public void Dropped(in Message message, int bodyBytes) => Count(in message, -1);

    /// <inheritdoc/>
    public void Taken(in Message message, int bodyBytes)
    {
    }

    private void Count(in Message message, int sign)
    {
        if (message.Kind == MessageKind.AppendRequest && message.LastIndex > message.Index)
        {
            Volatile.Write(ref _frames, _frames + sign);
            Volatile.Write(ref _entries, _entries + (sign * (message.LastIndex - message.Index)));
        }
    }
}
