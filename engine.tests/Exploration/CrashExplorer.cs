using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Simulate.Disk;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>
/// Runs a script once, takes down all it does to the disk, and then lets every step of it be the last: for each, the states that a crash may leave are
/// made, opened, and held against
/// the model.
/// <code>
/// A state has a code, script:step:kind and number, that makes it again:
///   p the power fails; the number says which of the unsynced pages and names have reached the disk
///   s the power fails, and pages are torn between sectors; the number is a seed
///   k the process dies, so many pages into the next write, and the machine lives on
///   r like s, and then the power fails again at some step of the recovery; the number is a seed
/// </code>
/// </summary>
internal sealed class CrashExplorer : IDisposable
{
    private const int AllSubsetsUpTo = 1 << 12;
    private const int SampledSubsets = 1 << 9;

    private readonly string _name;
    private readonly LogOptions _options;
    private readonly List<object> _journal;
    private readonly HashSet<(ulong Content, int Model, bool IsProcessDeath)> _seen = [];
    private readonly List<string> _violations = [];
    private int _notes; // the model's place in the journal, as its name

    /// <summary>Takes down a script.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">How it opens the log.</param>
    /// <param name="script">The script.</param>
    /// <param name="ignores">What the disk only pretends to do, to see whether the explorer notices.</param>
    public CrashExplorer(string name, LogOptions options, Action<ScriptedLog> script, Func<DiskImage, DiskOperation, bool>? ignores = null)
    {
        _name = name;
        _options = options;
        _journal = [];
        using ScriptedLog log = new(new FakeDisk(options.SegmentSizeBytes) { Journal = _journal, Ignores = ignores }, options);
        script(log);
        Steps = _journal.Count(static entry => entry is DiskOperation);
    }

    /// <summary>How many steps the script has.</summary>
    public int Steps { get; }

    /// <summary>How many different states have been looked at.</summary>
    public int States => _seen.Count;

    /// <summary>What is wrong: the code of the state, and how.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>What the script did to the disk, in words.</summary>
    public IEnumerable<string> Journal => _journal.OfType<DiskOperation>().Select(static operation => operation.ToString());

    /// <summary>The explorer of one of the scripts.</summary>
    public static CrashExplorer Of(string script) => new(script, LogScripts.Find(script).Options, LogScripts.Find(script).Run);

    /// <summary>Makes one state again and says what is wrong with it; null if nothing is.</summary>
    public static string? Replay(string code)
    {
        string[] parts = code.Split(':');
        using CrashExplorer explorer = Of(parts[0]);
        int step = int.Parse(parts[1], CultureInfo.InvariantCulture);
        long number = long.Parse(parts[2].AsSpan(1), CultureInfo.InvariantCulture);
        explorer.Walk((at, image, model, next) =>
        {
            if (at == step)
            {
                explorer.Check(at, parts[2][0], number, image, model, next);
            }
        });
        return explorer.Violations.Count == 0 ? null : explorer.Violations[0];
    }

    /// <summary>
    /// Looks at all states in which whole pages have reached the disk or not, or 512 of them at a step that has more than 4096, and at so many sampled
    /// others that there are as many different states in all as are wanted, if the script has them. Ends at the first violation.
    /// </summary>
    public void Explore(long wantedStates)
    {
        Walk((step, image, model, next) =>
        {
            ChoiceSpace space = ChoiceSpace.Of(image, bySector: false);
            Random random = new(step);
            bool isSmall = space.Size <= AllSubsetsUpTo;
            for (int i = 0; i < (isSmall ? space.Size : SampledSubsets); i++)
            {
                Check(step, 'p', isSmall ? i : random.NextInt64(space.Size), image, model, next);
            }

            int pages = next is { Kind: DiskOperation.Kinds.Write } ? next.Bytes.Length / DiskFile.PageBytes : 0;
            for (int i = 0; i <= pages; i++)
            {
                Check(step, 'k', i, image, model, next);
            }

            long mostSeeds = (2 * wantedStates / Steps) + 8;
            for (int seed = 0; seed < mostSeeds && States * Steps < wantedStates * (step + 1) && _violations.Count == 0; seed++)
            {
                Check(step, seed % 3 == 2 ? 'r' : 's', seed, image, model, next);
            }
        });
    }

    public void Dispose()
    {
        foreach (DiskOperation operation in _journal.OfType<DiskOperation>())
        {
            operation.Survived?.Dispose();
        }
    }

    // The state after each step, and what is known there: a note that follows the step was made before the next one began.
    private void Walk(Action<int, DiskImage, LogModel, DiskOperation?> visit)
    {
        DiskImage image = new(_options.SegmentSizeBytes);
        try
        {
            LogModel model = LogModel.New(_options);
            int step = 0;
            for (int i = 0; i <= _journal.Count && _violations.Count == 0; i++)
            {
                if (i < _journal.Count && _journal[i] is LogModel noted)
                {
                    model = noted;
                    _notes = i;
                    continue;
                }

                DiskOperation? next = i < _journal.Count ? (DiskOperation)_journal[i] : null;
                visit(step++, image, model, next);
                if (next is { Kind: DiskOperation.Kinds.LosePower, Survived: { } survived })
                {
                    image.Dispose();
                    image = survived.Clone();
                }
                else if (next is not null)
                {
                    image.Apply(next);
                }
            }
        }
        finally
        {
            image.Dispose();
        }
    }

    private void Check(int step, char kind, long number, DiskImage image, LogModel model, DiskOperation? next)
    {
        string? difference = null;
        try
        {
            using DiskImage crashed = Crash(step, kind, number, image, next);
            if (_seen.Add((crashed.Digest(), _notes, kind == 'k')))
            {
                difference = Survival.Differs(crashed.Clone(), _options, model);
            }
        }
        catch (LogCorruptedException e)
        {
            difference = $"before the second crash: {e.Message}";
        }

        if (difference is not null)
        {
            _violations.Add($"{_name}:{step}:{kind}{number} (before {next?.ToString() ?? "the end"}): {difference}");
        }
    }

    private DiskImage Crash(int step, char kind, long number, DiskImage image, DiskOperation? next)
    {
        Random random = new(unchecked((step * 7919) + (int)number));
        switch (kind)
        {
            case 'p':
                return image.AfterPowerLoss(ChoiceSpace.Numbered(number), bySector: false);
            case 's':
                return LosePower(image, random);
            case 'r':
                using (DiskImage crashed = LosePower(image, random))
                {
                    return CrashAgain(crashed, random);
                }

            case 'k':
                DiskImage left = image.Clone();
                if (number > 0 && next is not null && left.HasFile(next.File))
                {
                    int firstPage = DiskFile.PageBytes - (next.Offset % DiskFile.PageBytes);
                    left.Apply(next.CutTo((int)Math.Min(next.Bytes.Length, firstPage + ((number - 1) * DiskFile.PageBytes))));
                }

                return left;
            default:
                throw new ArgumentException($"There is no kind '{kind}' of crash.", nameof(kind));
        }
    }

    private static DiskImage LosePower(DiskImage image, Random random) => image.AfterPowerLoss(ChoiceSpace.Of(image, bySector: true).Sampled(random), bySector: true);

    // Opens a state, and crashes again at a step of the opening.
    private DiskImage CrashAgain(DiskImage crashed, Random random)
    {
        List<object> journal = [];
        using (FakeDisk disk = new(crashed.Clone()) { Journal = journal })
        {
            DataDirectory.Open(disk.OpenDirectory(), _options).Abandon();
        }

        using DiskImage image = crashed.Clone();
        int steps = random.Next(journal.Count + 1);
        for (int i = 0; i < steps; i++)
        {
            image.Apply((DiskOperation)journal[i]);
        }

        return LosePower(image, random);
    }
}
