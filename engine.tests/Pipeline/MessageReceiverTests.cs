using System;
using System.Linq;
using RaftEngine.Pipeline;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Pipeline;

/// <summary>What is looked at on the receiving thread, before the loop sees a message.</summary>
public sealed class MessageReceiverTests
{
    private static readonly RaftOptions s_options = new() { NodeId = 1, Voters = [1, 2, 3], ClusterId = Guid.NewGuid(), DataDirectory = "unused" };

    // Sums and differences of what passes cannot overflow, wherever they are made.
    [Fact]
    public void Numbers_near_the_end_of_their_range_are_no_messages_of_any_kind()
    {
        Inbox inbox = new(s_options);
        MessageReceiver receiver = new(s_options, inbox);
        foreach (MessageKind kind in Enum.GetValues<MessageKind>().Where(static kind => kind != MessageKind.None))
        {
            foreach (long value in (ReadOnlySpan<long>)[1L << 62, long.MaxValue - 1, long.MaxValue, -1, long.MinValue])
            {
                Message plain = new() { Kind = kind, From = 2, To = 1, Term = 1 };
                foreach (Message message in (ReadOnlySpan<Message>)
                [
                    plain with { Term = value }, plain with { Index = value }, plain with { IndexTerm = value }, plain with { LastIndex = value }, plain with { EntryTerm = value },
                    plain with { Commit = value }, plain with { HintIndex = value },
                    plain with { HintTerm = value }, plain with { SentAt = value }, plain with { Duration = value },
                ])
                {
                    Assert.Equal(ReceiveResult.Malformed, receiver.Receive(in message, default));
                }
            }
        }

        Assert.False(inbox.HasWork);
    }

    // A number that is taken shuts out all lower ones for the rest of the term.
    [Theory]
    [InlineData(MessageKind.ProposeRequest)]
    [InlineData(MessageKind.ProposeResponse)]
    public void Numbers_of_commands_leave_room_for_those_that_follow(MessageKind kind)
    {
        MessageReceiver receiver = new(s_options, new Inbox(s_options));
        Message message = new() { Kind = kind, From = 2, To = 1, Term = 1, Index = 1, LastIndex = 1, EntryKind = EntryKind.Command };
        Message first = message with { ReadRound = 1 };
        Message last = message with { ReadRound = 1ul << 62 };
        Assert.Equal(ReceiveResult.Accepted, receiver.Receive(in first, default));
        Assert.Equal(ReceiveResult.Malformed, receiver.Receive(in last, default));
    }
}
