using System;

namespace RaftEngine.Tests.Exploration;

/// <summary>A script that a seed writes: anything that may happen to a log, in any order.</summary>
internal static class RandomScript
{
    private const int Steps = 60;

    public static void Run(ScriptedLog log, int seed)
    {
        Random random = new(seed);
        log.Open();
        for (int step = 0; step < Steps; step++)
        {
            switch (random.Next(14))
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
                    log.Truncate(Math.Max(1, log.Log.LastIndex + 1 - random.Next(12)));
                    break;
                case 11:
                    log.Save(log.Model.Saved.Term + 1, (ulong)random.Next(3));
                    break;
                case 12:
                    log.LosePower(random.Next());
                    log.Open();
                    break;
                default:
                    End(log, random.Next(2) == 0);
                    log.Open();
                    break;
            }
        }

        End(log, isClean: false);
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
