using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>What counts the messages of a <see cref="CountingTransport"/>.</summary>
internal interface IMessageCount
{
    /// <summary>Before a message is given to the sender's transport; on the thread that sends.</summary>
    void Sending(in Message message, int bodyBytes);

    /// <summary>The transport has dropped it; on the thread that sends.</summary>
    void Dropped(in Message message, int bodyBytes);

    /// <summary>The receiver has taken it; on the thread that receives.</summary>
    void Taken(in Message message, int bodyBytes);
}
