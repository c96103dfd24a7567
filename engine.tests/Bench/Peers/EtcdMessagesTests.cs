using System.IO;
using System.Linq;
using RaftEngine.Bench.Peers;
using Xunit;

namespace RaftEngine.Tests.Bench.Peers;

public class EtcdMessagesTests
{
    // header { cluster_id: 5, member_id: 300, raft_term: 7 }, version: "3.4", dbSize: 1, leader: 300, raftIndex: 9
    private static readonly byte[] Status = [0x0A, 7, 0x08, 5, 0x10, 0xAC, 0x02, 0x20, 7, 0x12, 3, (byte)'3', (byte)'.', (byte)'4', 0x18, 1, 0x20, 0xAC, 0x02, 0x28, 9];

    [Fact]
    public void A_put_has_its_key_and_value_each_with_its_length()
    {
        byte[] value = [.. Enumerable.Repeat((byte)9, 300)];

        Assert.Equal([0x0A, 2, 1, 2, 0x12, 0xAC, 0x02, .. value], EtcdMessages.Put([1, 2], value));
    }

    [Fact]
    public void A_status_says_who_answers_who_leads_and_which_version_it_is()
    {
        Assert.Equal((300UL, 300UL, "3.4"), EtcdMessages.ReadStatus(Status));
    }

    [Fact]
    public void A_status_that_is_cut_off_within_a_field_is_refused()
    {
        for (int length = 10; length < 14; length++)
        {
            byte[] cut = Status[..length];
            Assert.Throws<InvalidDataException>(() => EtcdMessages.ReadStatus(cut));
        }

        Assert.Throws<InvalidDataException>(() => EtcdMessages.ReadStatus([0x0F]));
    }
}
