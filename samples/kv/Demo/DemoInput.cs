using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace RaftEngine.Samples.Kv.Demo;

/// <summary>The text whose words are counted.</summary>
/// <param name="Description">What it is, for the report.</param>
/// <param name="Files">Its files, in order. A word does not go on from one into the next.</param>
/// <param name="Repeat">How often the files are gone through.</param>
internal sealed record DemoInput(string Description, IReadOnlyList<string> Files, int Repeat)
{
    /// <summary>What the texts that come with the sample are repeated to, in bytes: some seconds of work.</summary>
    private const long DefaultBytes = 6_000_000;

    /// <summary>The size of one pass, in bytes.</summary>
    public long PassBytes => Files.Sum(file => new FileInfo(file).Length);

    /// <summary>One file, once.</summary>
    public static DemoInput FromFile(string file) => new(file, [file], 1);

    /// <summary>The texts that come with the sample, as often as it takes to keep the cluster busy for a while.</summary>
    public static DemoInput Shipped()
    {
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "texts"), "*.txt");
        Array.Sort(files, StringComparer.Ordinal);
        DemoInput once = new("the texts of samples/kv/texts", files, 1);
        int repeat = (int)Math.Ceiling((double)DefaultBytes / Math.Max(1, once.PassBytes));
        return once with { Description = $"{once.Description}, {repeat} times over", Repeat = repeat };
    }
}
