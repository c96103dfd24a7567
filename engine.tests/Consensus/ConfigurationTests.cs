using System;
using System.Linq;
using RaftEngine.Protocol;
using Xunit;

namespace RaftEngine.Tests.Consensus;

/// <summary>Configurations, the steps between them, and their bytes.</summary>
public sealed class ConfigurationTests
{
    private const MemberRoles Promotable = MemberRoles.Learner | MemberRoles.Promotable;

    [Theory]
    [InlineData("1 2 4 | 1 2 3", new ulong[] { 1, 2, 3 }, new ulong[] { 1, 2, 4 })]
    [InlineData("1 2 3 4 5 | 1 2 3", new ulong[] { 1, 2, 3 }, new ulong[] { 1, 2, 3, 4, 5 })]
    [InlineData("7 | 1 2 3", new ulong[] { 1, 2, 3 }, new ulong[] { 7 })]
    [InlineData("1 2 3", new ulong[] { 1, 2, 3 }, new ulong[] { 3, 2, 1 })]
    public void A_change_of_the_voters_leads_through_both_sets(string step, ulong[] from, ulong[] to)
    {
        Configuration joint = new Configuration(from).StepTo(new Configuration(to))!;
        Assert.Equal(step, joint.ToString());
        Assert.Equal(new Configuration(to), joint.LeaveJoint());
        Assert.Equal(step.Contains('|', StringComparison.Ordinal), joint.IsJoint);
    }

    [Fact]
    public void A_change_of_learners_alone_takes_one_step()
    {
        Configuration from = new([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Learner), new Member(3, Promotable)]);
        Configuration to = new([new Member(1, MemberRoles.Voter), new Member(3, MemberRoles.Learner), new Member(4, Promotable)]);
        Assert.Equal(to, from.StepTo(to));
        Assert.Equal("1 + 3 4*", to.ToString());
    }

    [Fact]
    public void A_voter_that_becomes_a_learner_votes_in_the_old_half_until_that_is_left()
    {
        Configuration from = new(1, 2, 3);
        Configuration joint = from.StepTo(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter), new Member(3, MemberRoles.Learner)]))!;
        Assert.True(joint.IsVoter(3));
        Assert.False(joint.LeaveJoint().IsVoter(3));
        Assert.Equal([3UL], joint.LeaveJoint().Learners.ToArray());
    }

    [Fact]
    public void What_is_known_of_a_member_stays_and_a_new_one_brings_its_own()
    {
        Configuration from = new([new Member(1, MemberRoles.Voter, 11), new Member(2, MemberRoles.Voter)]);
        Configuration joint = from.StepTo(new Configuration([new Member(1, MemberRoles.Voter), new Member(2, MemberRoles.Voter, 22), new Member(3, MemberRoles.Voter, 33)]))!;
        Assert.Equal([11UL, 22, 33], joint.Members.Select(static member => member.Incarnation));
        Assert.Equal([11UL, 22, 33], joint.LeaveJoint().Members.Select(static member => member.Incarnation));
    }

    [Fact]
    public void What_no_log_may_hold_is_refused()
    {
        Member voter = new(1, MemberRoles.Voter);
        Assert.Throws<ArgumentException>(static () => new Configuration());
        Assert.Throws<ArgumentException>(static () => new Configuration(0));
        Assert.Throws<ArgumentException>(static () => new Configuration(1, 1));
        Assert.Throws<ArgumentException>(static () => new Configuration(Enumerable.Range(1, 16).Select(static i => (ulong)i).ToArray()));
        Assert.Throws<ArgumentException>(static () => new Configuration([new Member(1, MemberRoles.Learner)]));
        Assert.Throws<ArgumentException>(() => new Configuration([voter, new Member(2, MemberRoles.None)]));
        Assert.Throws<ArgumentException>(() => new Configuration([voter, new Member(2, MemberRoles.Voter | MemberRoles.Learner)]));
        Assert.Throws<ArgumentException>(() => new Configuration([voter, new Member(2, MemberRoles.Promotable)]));
        Assert.Throws<ArgumentException>(() => new Configuration([voter, new Member(2, (MemberRoles)20)]));
        Assert.Throws<ArgumentException>(() => new Configuration([voter, .. Enumerable.Range(2, 40).Select(static i => new Member((ulong)i, MemberRoles.Learner))]));
        Configuration joint = new Configuration(1, 2).StepTo(new Configuration(1, 3))!;
        Assert.Throws<ArgumentException>(() => joint.StepTo(new Configuration(1)));
        Assert.Throws<ArgumentException>(() => new Configuration(1).StepTo(joint));
    }

    [Fact]
    public void The_bytes_are_those_that_are_drawn()
    {
        Configuration configuration = new Configuration([new Member(2, MemberRoles.Voter, 0x22), new Member(1, MemberRoles.Voter)])
            .StepTo(new Configuration([new Member(2, MemberRoles.Voter), new Member(0x0807060504030201, Promotable, 0x1817161514131211)]))!;
        byte[] bytes = Bytes(configuration);
        Assert.Equal(
            string.Concat(
                "0100", "0300", "00000000",
                "0100000000000000", "0000000000000000", "02", "00000000000000",
                "0200000000000000", "2200000000000000", "03", "00000000000000",
                "0102030405060708", "1112131415161718", "0C", "00000000000000"),
            Convert.ToHexString(bytes));
        Assert.True(ConfigurationFormat.TryRead(bytes, out Configuration? read));
        Assert.Equal(configuration, read);
        Assert.Equal(configuration.GetHashCode(), read.GetHashCode());
    }

    [Fact]
    public void The_largest_configuration_fits_into_the_smallest_entry_that_a_log_may_be_limited_to()
    {
        Member[] members = [.. Enumerable.Range(1, Configuration.MaxMembers).Select(static i => new Member((ulong)i, i < 16 ? MemberRoles.Voter : MemberRoles.Learner, (ulong)i))];
        Configuration configuration = new([.. members]);
        byte[] bytes = Bytes(configuration);
        Assert.Equal(ConfigurationFormat.MaxBytes, bytes.Length);
        Assert.True(bytes.Length <= 1024);
        Assert.True(ConfigurationFormat.TryRead(bytes, out Configuration? read));
        Assert.Equal(configuration, read);
    }

    [Fact]
    public void That_it_was_imposed_is_written_down_and_lasts_until_the_next_change()
    {
        Configuration imposed = new(5, 7) { IsImposed = true };

        Assert.True(ConfigurationFormat.TryRead(Bytes(imposed), out Configuration? read));
        Assert.Equal(imposed, read);
        Assert.Equal("5 7 (imposed)", read.ToString());
        Assert.NotEqual(new Configuration(5, 7), read);
        Assert.Equal(new Configuration(5, 7), read.StepTo(read));
        Configuration joint = read.StepTo(new Configuration(5, 8))!;
        Assert.Equal((false, false), (joint.IsImposed, joint.LeaveJoint().IsImposed));
    }

    // Whatever is read is what would be written for it: there are no two ways to say the same, and nothing is skipped.
    [Fact]
    public void Every_byte_counts_and_no_other_length_is_taken()
    {
        byte[] bytes = Bytes(new Configuration([new Member(5, MemberRoles.Voter, 9), new Member(7, Promotable)]));
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.False(ConfigurationFormat.TryRead(bytes.AsSpan(0, i), out _));
            for (int bit = 0; bit < 8; bit++)
            {
                bytes[i] ^= (byte)(1 << bit);
                if (ConfigurationFormat.TryRead(bytes, out Configuration? read))
                {
                    Assert.Equal(bytes, Bytes(read));
                }

                bytes[i] ^= (byte)(1 << bit);
            }
        }

        Assert.False(ConfigurationFormat.TryRead([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData(0, 2)] // version
    [InlineData(2, 0)] // no member
    [InlineData(2, 41)] // too many
    [InlineData(4, 2)] // an unknown flag
    [InlineData(7, 1)] // an unknown flag
    [InlineData(8, 7)] // out of order
    [InlineData(8, 0)] // no id
    [InlineData(24, 0)] // no role
    [InlineData(24, 16)] // an unknown role
    [InlineData(24, 5)] // voter and learner
    [InlineData(25, 1)] // reserved
    [InlineData(31, 1)] // reserved
    public void What_is_not_written_is_not_read(int offset, byte value)
    {
        byte[] bytes = Bytes(new Configuration(5, 7));
        bytes[offset] = value;
        Assert.False(ConfigurationFormat.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_bytes_are_refused_or_are_what_would_be_written(int seed)
    {
        Random random = new(seed);
        byte[] template = Bytes(new Configuration(5, 7, 9).StepTo(new Configuration(5, 8, 9))!);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(0, template.Length + 8)];
            random.NextBytes(bytes);
            template.AsSpan(0, Math.Min(random.Next(template.Length + 1), bytes.Length)).CopyTo(bytes);
            if (ConfigurationFormat.TryRead(bytes, out Configuration? read))
            {
                Assert.Equal(bytes, Bytes(read));
            }
        }
    }

    private static byte[] Bytes(Configuration configuration)
    {
        byte[] bytes = new byte[ConfigurationFormat.LengthOf(configuration)];
        Assert.Equal(bytes.Length, ConfigurationFormat.Write(bytes, configuration));
        return bytes;
    }
}
