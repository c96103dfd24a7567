using System;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus.Golden;

/// <summary>A message in one line.</summary>
internal static class MessageText
{
    /// <summary>What a message says.</summary>
    /// <param name="message">The message.</param>
    /// <param name="firstNumber">Where the follower that reads began to number its reads.</param>
    /// <returns>From, to, kind, and the fields that the kind has.</returns>
    public static string Of(in Message message, ulong firstNumber) => $"{message.From}->{message.To} {Body(in message, firstNumber)} (term {message.Term})";

    private static string Body(in Message message, ulong firstNumber)
    {
        string at = $"{message.Index}/{message.IndexTerm}";
        string verdict = message.Rejected ? "no" : "yes";
        string commit = message.Commit == 0 ? "" : $" commit {message.Commit}";
        string round = message.ReadRound == 0 ? "" : $" round {message.ReadRound}";
        return message.Kind switch
        {
            MessageKind.PreVoteRequest => $"pre-vote? with {at}",
            MessageKind.PreVoteResponse => $"pre-vote {verdict}",
            MessageKind.VoteRequest => $"vote? with {at}{(message.IsTransfer ? " for the leader" : "")}",
            MessageKind.VoteResponse => $"vote {verdict}",
            MessageKind.AppendRequest when message.LastIndex == message.Index => $"append nothing after {at}{commit}",
            MessageKind.AppendRequest => $"append {message.Index + 1}..{message.LastIndex}/{message.EntryTerm} after {at}{commit}",
            MessageKind.AppendResponse when message.Rejected => $"refused {message.Index} hint {message.HintIndex}/{message.HintTerm}",
            MessageKind.AppendResponse => $"has {message.Index}",
            MessageKind.HeartbeatRequest => $"heartbeat{commit}{round}",
            MessageKind.HeartbeatResponse => $"alive{round}",
            MessageKind.TimeoutNow => "timeout-now",
            MessageKind.ReadIndexRequest => $"read? {message.ReadRound - firstNumber}",
            MessageKind.ReadIndexResponse => $"read {message.ReadRound - firstNumber} at {message.Index}",
            MessageKind.InstallSnapshot => $"snapshot {at}",
            _ => throw new ArgumentException($"A message of kind {message.Kind} has no text.", nameof(message)),
        };
    }
}
