using System;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Snapshots;

namespace RaftEngine.Pipeline;

/// <summary>
/// Where the transport hands over received messages. Everything that can be checked without the state of the node is checked here, on the receiving thread, the chain of the
/// entries carried included: the loop only copies what has been verified.
/// </summary>
internal sealed class MessageReceiver(RaftOptions options, Inbox inbox, PeerComparison? peers = null) : IRaftReceiver
{
    /// <summary>Terms, indexes and times are below a quarter of what 64 bits hold, so that no sum or difference of a few of them can overflow.</summary>
    private const ulong MostValue = 1ul << 62;

    public ReceiveResult Receive(in Message message, ReadOnlySpan<byte> body)
    {
        if (inbox.IsClosed)
        {
            return ReceiveResult.Stopped;
        }

        if (!IsWellFormed(in message, body))
        {
            return ReceiveResult.Malformed;
        }

        if (message.Kind == MessageKind.ProposeRequest && body.Length > (message.EntryKind == EntryKind.Session ? options.MaxEntryBytes : options.MaxCommandBytes))
        {
            // The loop refuses it; its bytes are of no use to anybody.
            Message tooLarge = message with { Refusal = ProposalRefusal.TooLarge };
            return inbox.TryAdd(in tooLarge, default) ? ReceiveResult.Accepted : ReceiveResult.Busy;
        }

        if (message.Kind == MessageKind.SnapshotPieces)
        {
            body = body[..Math.Min(body.Length, Math.Max(options.MaxMessageBytes, SnapshotFormat.LargestPieceBytes))]; // the rest is asked for again
        }

        return inbox.TryAdd(in message, body) ? ReceiveResult.Accepted : ReceiveResult.Busy;
    }

    public bool Meet(ulong nodeId, RaftHandshake handshake) => peers?.Meet(nodeId, handshake) ?? true;

    public void ReportArriving(in Message message)
    {
        if (message.Kind is MessageKind.AppendRequest or MessageKind.SnapshotPieces && !inbox.IsClosed)
        {
            // A message of no kind is a sign of life; if there is no room for it, there is more than that to see.
            Message sign = new() { From = message.From, To = message.To, Term = message.Term };
            inbox.TryAdd(in sign, default);
        }
    }

    public void Flush() => inbox.Turn.Run();

    public void ReportUnreachable(ulong nodeId) => inbox.AddUnreachable(nodeId);

    private static bool IsInRange(in Message message) =>
        (ulong)(message.Term | message.Index | message.IndexTerm | message.LastIndex | message.EntryTerm | message.Commit
            | message.HintIndex | message.HintTerm | message.SentAt | message.Duration) < MostValue;

    private bool IsWellFormed(in Message message, ReadOnlySpan<byte> body)
    {
        bool fieldsHold = message.To == options.NodeId
            && message.From != options.NodeId
            && message.From != 0 // whether it is a member, and in which configuration, the core knows
            && message.Kind is > MessageKind.None and <= MessageKind.ProposeResponse and not MessageKind.InstallSnapshot
            && IsInRange(in message);
        if (!fieldsHold)
        {
            return false;
        }

        if (message.Kind == MessageKind.SnapshotPieces)
        {
            return !body.IsEmpty && body.Length <= EntryBounds.LargestBodyBytes; // the pieces prove themselves
        }

        if (message.Kind == MessageKind.ProposeRequest)
        {
            bool isProposable = message.EntryKind == EntryKind.Command || (message.EntryKind == EntryKind.Session && SessionFormat.TryRead(body, out _));
            return isProposable && message.Refusal == ProposalRefusal.None && message.ReadRound is > 0 and < MostValue;
        }

        if (message.Kind == MessageKind.ProposeResponse)
        {
            bool isPlaced = message.Index > 0 && message.Term > 0;
            return body.IsEmpty && message.ReadRound < MostValue && (message.Refusal != ProposalRefusal.None || isPlaced)
                && message.LastIndex >= message.Index && message.LastIndex - message.Index < TakenCommands.MaxAnswered;
        }

        if (message.Kind != MessageKind.AppendRequest || message.LastIndex == message.Index)
        {
            return body.IsEmpty;
        }

        return message.LastIndex > message.Index
            && message.EntryTerm >= message.IndexTerm && message.EntryTerm > 0 && message.EntryTerm <= message.Term
            && body.Length <= EntryBounds.LargestBodyBytes
            && RunVerifier.Verify(body, message.Index + 1, message.LastIndex, message.EntryTerm, message.PreviousChain, EntryBounds.LargestPayloadBytes);
    }
}
