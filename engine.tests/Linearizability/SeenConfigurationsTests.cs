using System;
using System.Collections.Generic;
using RaftEngine.Simulate.Linearizability;
using Xunit;

namespace RaftEngine.Tests.Linearizability;

public class SeenConfigurationsTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 64)]
    [InlineData(64, 65)]
    [InlineData(70, 300)]
    public void A_configuration_is_new_once(int optionalCount, int requiredCount)
    {
        Random random = new(optionalCount + requiredCount);
        LinearizedSet set = new(optionalCount, requiredCount);
        SeenConfigurations seen = new(long.MaxValue);
        HashSet<string> expected = [];
        bool[] members = new bool[optionalCount + requiredCount];
        for (int step = 0; step < 5_000; step++)
        {
            // Mostly the early ones are in, as in a search; at times everything is turned round.
            int operation = random.Next(4) == 0 ? random.Next(members.Length) : Math.Min(members.Length - 1, (step / 60 % members.Length) + random.Next(3));
            Assert.Equal(members[operation], set.Contains(operation));
            members[operation] = !members[operation];
            if (members[operation])
            {
                set.Add(operation);
            }
            else
            {
                set.Remove(operation);
            }

            int state = random.Next(3);
            bool isNew = expected.Add($"{state} {string.Concat(Array.ConvertAll(members, member => member ? '1' : '0'))}");
            Assert.Equal(isNew ? SeenResult.New : SeenResult.Known, seen.Add(set, state, 0));
        }

        Assert.Equal(expected.Count, seen.Count);
    }

    [Fact]
    public void What_is_remembered_keeps_to_its_bound()
    {
        const long MaxBytes = 100_000;
        LinearizedSet set = new(0, 1 << 16);
        SeenConfigurations seen = new(MaxBytes);
        int operation = 0;
        while (seen.Add(set, state: 0, otherBytes: 1000) != SeenResult.Full)
        {
            set.Add(operation++);
        }

        Assert.InRange(seen.Bytes, MaxBytes / 3, MaxBytes - 1000);
        Assert.InRange(seen.Count, 1000, operation + 1);
    }
}
