using System;
using System.Collections.Generic;
using System.Linq;

namespace RaftEngine.Simulate.Disk;

/// <summary>All that a loss of power may leave of an image, numbered: 0 is only what is durable, the last number all that is current.</summary>
internal sealed class ChoiceSpace
{
    private readonly int[] _radixes;

    private ChoiceSpace(int[] radixes)
    {
        _radixes = radixes;
        Size = radixes.Aggregate(1L, static (product, radix) => product > long.MaxValue / radix ? long.MaxValue : product * radix);
    }

    /// <summary>How many there are; <see cref="long.MaxValue"/> if more.</summary>
    public long Size { get; }

    /// <summary>Of how many things some are chosen.</summary>
    public int Units => _radixes.Length;

    public static ChoiceSpace Of(DiskImage image, bool bySector)
    {
        List<int> radixes = [];
        image.AfterPowerLoss(
            radix =>
            {
                radixes.Add(radix);
                return 0;
            },
            bySector).Dispose();
        return new ChoiceSpace([.. radixes]);
    }

    /// <summary>The choices that make the state of a number.</summary>
    public static Func<int, int> Numbered(long number) => radix =>
    {
        int choice = (int)(number % radix);
        number /= radix;
        return choice;
    };

    /// <inheritdoc cref="Numbered"/>
    public Func<int, int> Choices(long number) => number < Size ? Numbered(number) : throw new ArgumentOutOfRangeException(nameof(number));

    /// <summary>Choices of a kind that is rare among all of them, and dangerous: one thing lost, one thing kept, all up to one, all from one on, or anything.</summary>
    public Func<int, int> Sampled(Random random)
    {
        int kind = random.Next(6);
        int chosen = random.Next(Math.Max(1, Units));
        int unit = -1;
        return radix =>
        {
            unit++;
            bool isKept = kind switch
            {
                0 => unit != chosen,
                1 => unit == chosen,
                2 => unit <= chosen,
                3 => unit >= chosen,
                _ => false,
            };
            return kind >= 4 ? random.Next(radix) : isKept ? radix - 1 : 0;
        };
    }
}
