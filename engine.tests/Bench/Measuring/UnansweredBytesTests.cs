using RaftEngine.Bench.Measuring;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Bench.Measuring;

/// <summary>What is on its way to a node, as the leader's transport counts it.</summary>
public class UnansweredBytesTests
{
    private const ulong Other = 3;

    private readonly UnansweredBytes _unanswered = new(Other);

    [Fact]
    public void An_answer_stands_for_all_entries_up_to_its_index()
    {
        Append(previous: 0, last: 2, bytes: 100);
        Append(previous: 2, last: 4, bytes: 10);
        Hear(MessageKind.AppendResponse, index: 4);
        Append(previous: 4, last: 5, bytes: 105);

        Assert.Equal(110, _unanswered.Most);
    }

    [Fact]
    public void An_answer_to_less_leaves_the_rest()
    {
        Append(previous: 0, last: 2, bytes: 100);
        Append(previous: 2, last: 4, bytes: 10);
        Hear(MessageKind.AppendResponse, index: 3);
        Append(previous: 4, last: 5, bytes: 200);

        Assert.Equal(210, _unanswered.Most);
    }

    [Fact]
    public void A_refusal_answers_what_it_refuses()
    {
        Append(previous: 7, last: 9, bytes: 100);
        Hear(MessageKind.AppendResponse, index: 7, isRejected: true);
        Append(previous: 2, last: 9, bytes: 150);

        Assert.Equal(150, _unanswered.Most);
    }

    [Fact]
    public void What_was_dropped_is_not_on_its_way()
    {
        Message message = AppendOf(previous: 0, last: 2);
        _unanswered.Sending(in message, 100);
        _unanswered.Dropped(in message, 100);
        Append(previous: 0, last: 2, bytes: 120);

        Assert.Equal(120, _unanswered.Most);
    }

    [Fact]
    public void Pieces_of_a_snapshot_are_answered_by_where_to_go_on()
    {
        Pieces(offset: 0, bytes: 80);
        Hear(MessageKind.SnapshotResponse, next: 80);
        Pieces(offset: 80, bytes: 1000);
        Assert.Equal(80, _unanswered.SnapshotBytes);

        Hear(MessageKind.SnapshotResponse, next: 1080);
        Assert.Equal(1080, _unanswered.SnapshotBytes);
        Assert.Equal(1000, _unanswered.Most);
    }

    [Fact]
    public void Messages_for_others_do_not_count()
    {
        Message message = AppendOf(previous: 0, last: 2) with { To = 2 };
        _unanswered.Sending(in message, 100);

        Assert.Equal(0, _unanswered.Most);
    }

    private static Message AppendOf(long previous, long last) => new() { Kind = MessageKind.AppendRequest, From = 1, To = Other, Index = previous, LastIndex = last };

    private void Append(long previous, long last, int bytes)
    {
        Message message = AppendOf(previous, last);
        _unanswered.Sending(in message, bytes);
    }

    private void Pieces(long offset, int bytes)
    {
        Message message = new() { Kind = MessageKind.SnapshotPieces, From = 1, To = Other, Index = 9, LastIndex = offset };
        _unanswered.Sending(in message, bytes);
    }

    private void Hear(MessageKind kind, long index = 9, long next = 0, bool isRejected = false)
    {
        Message message = new() { Kind = kind, From = Other, To = 1, Index = index, LastIndex = next, Rejected = isRejected };
        _unanswered.Taken(in message, 0);
    }
}
