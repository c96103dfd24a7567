namespace RaftEngine.Simulate.Linearizability;

/// <summary>
/// The operations that have their place in the order: one bit each. Those that may be left out stand first, in words of their own; the others follow in
/// the order of their invocation, so that nearly all set bits form a run of full words, and only the few words between the first that is not full and the
/// last that is not empty tell two sets apart.
/// </summary>
internal sealed class LinearizedSet
{
    private readonly int _optionalCount;

    public LinearizedSet(int optionalCount, int requiredCount)
    {
        _optionalCount = optionalCount;
        OptionalWords = (optionalCount + 63) / 64;
        Words = new ulong[OptionalWords + ((requiredCount + 63) / 64) + 1];
        FirstOpenWord = OptionalWords;
        EndWord = OptionalWords;
    }

    public ulong[] Words { get; }

    /// <summary>How many words the operations have that may be left out.</summary>
    public int OptionalWords { get; }

    /// <summary>The first word of the required operations that is not full. There is always one: a word of no operation stands last.</summary>
    public int FirstOpenWord { get; private set; }

    /// <summary>Behind the last word of the required operations that is not empty.</summary>
    public int EndWord { get; private set; }

    /// <summary>The exclusive or of a random number for each operation in the set: kept with each change in constant time.</summary>
    public ulong Hash { get; private set; }

    public bool Contains(int operation)
    {
        int bit = BitOf(operation);
        return (Words[bit / 64] & (1UL << (bit % 64))) != 0;
    }

    public void Add(int operation)
    {
        int word = Toggle(operation);
        if (word < OptionalWords)
        {
            return;
        }

        EndWord = int.Max(EndWord, word + 1);
        while (Words[FirstOpenWord] == ulong.MaxValue)
        {
            FirstOpenWord++;
        }
    }

    public void Remove(int operation)
    {
        int word = Toggle(operation);
        if (word < OptionalWords)
        {
            return;
        }

        FirstOpenWord = int.Min(FirstOpenWord, word);
        while (EndWord > OptionalWords && Words[EndWord - 1] == 0)
        {
            EndWord--;
        }
    }

    /// <summary>A 64-bit mixer (the finalizer of SplitMix64): neighbouring numbers become unrelated ones.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private int Toggle(int operation)
    {
        int bit = BitOf(operation);
        Words[bit / 64] ^= 1UL << (bit % 64);
        Hash ^= Mix((ulong)operation);
        return bit / 64;
    }

    private int BitOf(int operation) => operation < _optionalCount ? operation : operation - _optionalCount + (OptionalWords * 64);
}
