using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Storage;
using RaftEngine.Tests.Storage;

namespace RaftEngine.Tests.Exploration;

/// <summary>Opens a damaged log and says what happened. Nothing may happen in silence: the damage is located, or makes no difference at all where it may make none.</summary>
internal static class Damage
{
    /// <summary>What happened.</summary>
    public enum Outcome
    {
        /// <summary>It was refused; the exception names the file and the place, and nothing was written.</summary>
        Refused,

        /// <summary>All records and the hard state are as they were.</summary>
        NoEffect,

        /// <summary>The log ends before the damaged record, as if it had never been written in full.</summary>
        Cut,
    }

    /// <summary>Opens an image, and disposes it.</summary>
    /// <param name="log">The log as it was.</param>
    /// <param name="image">The log as it is.</param>
    /// <param name="error">How it was refused; null if it was not.</param>
    /// <param name="lastIndex">The last index found; 0 if it was refused.</param>
    /// <returns>What happened; an exception of this method says what must not happen.</returns>
    public static Outcome Open(FinishedLog log, DiskImage image, out LogCorruptedException? error, out long lastIndex)
    {
        List<object> journal = [];
        using FakeDisk disk = new(image) { Journal = journal };
        error = null;
        lastIndex = 0;
        try
        {
            DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), FinishedLog.Options);
            LogModel expected = log.Model with { Acknowledged = 0 };
            string? difference = expected.Differs(data);
            lastIndex = data.Log.LastIndex;
            data.Abandon();
            if (difference is not null)
            {
                throw new InvalidOperationException($"Silent: {difference}.");
            }

            return lastIndex == log.Model.Records.Length ? Outcome.NoEffect : Outcome.Cut;
        }
        catch (LogCorruptedException e)
        {
            // Syncs aside: what is refused stays as it is, for whoever will look into it.
            if (journal.Find(static entry => entry is DiskOperation { Kind: not (DiskOperation.Kinds.BeginSync or DiskOperation.Kinds.EndSync) }) is { } change)
            {
                throw new InvalidOperationException($"Refused, but only after: {change}.", e);
            }

            if (e.Expected == e.Actual)
            {
                throw new InvalidOperationException("Refused without saying what differs.", e);
            }

            error = e;
            return Outcome.Refused;
        }
        catch (Exception e) when (e is StorageFailedException or DataDirectoryException)
        {
            throw new InvalidOperationException("Refused, but not as damage.", e);
        }
    }
}
