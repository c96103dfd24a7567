using System;
using RaftEngine.Log;
using RaftEngine.LogDump.Comparing;
using Xunit;

namespace RaftEngine.Tests.Log;

/// <summary>What a node may be changing is looked at again, and what is said of it believed once it is said three
/// times.</summary>
public sealed class PatientlyTests
{
    private int _looks;

    [Fact]
    public void Damage_that_looks_the_same_three_times_in_a_row_is_believed()
    {
        Assert.Throws<LogCorruptedException>(() => Patiently.Read<int>(() => throw Damage(++_looks == 1 ? 1 : 2)));
        Assert.Equal(4, _looks);
    }

    [Fact]
    public void What_is_whole_at_another_look_is_not_damaged()
    {
        Assert.Equal(7, Patiently.Read(() => ++_looks < 5 ? throw Damage(_looks) : 7));
        Assert.Equal(5, _looks);
    }

    [Fact]
    public void Damage_that_never_looks_the_same_is_believed_in_the_end()
    {
        Assert.Throws<LogCorruptedException>(() => Patiently.Read<int>(() => throw Damage(++_looks)));
        Assert.Equal(100, _looks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_else_fails_fails_at_the_first_look(bool hasOtherDamage)
    {
        Assert.Throws<InvalidOperationException>(() => Patiently.Read<int>(
            () => throw new InvalidOperationException($"{++_looks}"), hasOtherDamage ? static e => e is LogCorruptedException or DamagedReplicaException : null));
        Assert.Equal(1, _looks);
    }

    [Fact]
    public void Other_words_for_damage_are_looked_at_as_often()
    {
        Assert.Throws<DamagedReplicaException>(() => Patiently.Read<int>(
            () => throw new DamagedReplicaException("a", Damage(++_looks == 1 ? 1 : 2)), static e => e is LogCorruptedException or DamagedReplicaException));
        Assert.Equal(4, _looks);
    }

    private static LogCorruptedException Damage(int offset) => new("a segment", offset, 0, "something", 1, 0);
}
