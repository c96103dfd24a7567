using System;
using RaftEngine.Protocol;

namespace RaftEngine.Bench.Measuring;

/// <summary>The receiving end of a <see cref="CountingTransport"/>.</summary>
internal sealed class CountingReceiver(IRaftReceiver inner, IMessageCount count) : IRaftReceiver
{
    public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
    {
        ReceiveResult result = inner.Receive(in message, body);
        if (result == ReceiveResult.Accepted)
        {
            count.Taken(in message, body.Length);
        }

        return result;
    }

    public void Flush() => inner.Flush();

    public void ReportArriving(in Message message) => inner.ReportArriving(in message);

    public void ReportUnreachable(ulong nodeId) => inner.ReportUnreachable(nodeId);
}
