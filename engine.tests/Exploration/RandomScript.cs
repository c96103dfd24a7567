using System;
using System.Threading.Tasks;
using RaftEngine.Log;

namespace RaftEngine.Tests.Exploration;

/// <summary>A script that a seed writes: anything that may happen to a log, in any order.</summary>
internal static class RandomScript
{
    private const int Steps = 60;

    public static void Run(ScriptedLog log, int seed)
    {
        Random random = new(seed);
        if (seed % 3 == 0 && log.Options.Scheduler != TaskScheduler.Default)
        {
            log.CallHelpersOnly();
        }

        log.Open();
        for (int step = 0; step < Steps; step++)
        {
            try
            {
                Step(log, random);
            }
            catch (LogFullException)
            {
                log.Flush();
                log.Compact(log.Flushed);
                log.Help();
            }
        }

        End(log, isClean: false);
    }

    private static void Step(ScriptedLog log, Random random)
    {
        switch (random.Next(18))
        {
            case 0 or 1 or 2:
                log.Groups(1 + random.Next(3), 1 + random.Next(3), random.Next(900));
                break;
            case 3:
                log.Groups(1, 1, random.Next(4097));
                break;
            case 4:
                log.Append(1 + random.Next(4), random.Next(200));
                break;
            case 5 or 6 or 7:
                log.Flush();
                log.Sync();
                break;
            case 8:
                log.SyncWhile(() => log.Groups(1 + random.Next(2), 1, random.Next(600)));
                break;
            case 9:
                log.Idle();
                break;
            case 10:
                log.Truncate(Math.Max(log.Log.FirstIndex, log.Log.LastIndex + 1 - random.Next(12)));
                break;
            case 11:
                log.Save(log.Model.Saved.Term + 1, (ulong)random.Next(3));
                break;
            case 12:
                log.LosePower(random.Next());
                log.Open();
                break;
            case 13 or 14:
                log.Compact(random.NextInt64(log.Log.FirstIndex - 1, log.Flushed + 1));
                break;
            case 15:
                Reset(log, random);
                break;
            case 16:
                log.Help();
                log.Groups(2, 1, 3000);
                break;
            default:
                End(log, random.Next(2) == 0);
                log.Open();
                break;
        }
    }

    // Behind the end, at the end, or in the middle, with another history than the log's or its own.
    private static void Reset(ScriptedLog log, Random random)
    {
        long index = random.NextInt64(log.Log.FirstIndex - 1, log.Log.LastIndex + 20);
        if (index <= log.Log.LastIndex && random.Next(3) == 0)
        {
            log.Reset(index, log.Log.TermAt(index), log.Log.ChainAt(index));
        }
        else
        {
            log.Reset(index, log.Model.Saved.Term + 10 + random.Next(3), (ulong)random.NextInt64());
        }
    }

    private static void End(ScriptedLog log, bool isClean)
    {
        if (isClean)
        {
            log.Close();
        }
        else
        {
            log.Die();
        }
    }
}
