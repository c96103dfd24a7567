using System;
using RaftEngine.Protocol;
using RaftEngine.Storage;

namespace RaftEngine.Log;

/// <summary>
/// Term and vote on disk, in two slots. A change is written to one slot and synced, then to the other and synced: whichever slot a crash or a defect of the disk
/// spoils, the other one has all that was ever answered for. The loop's own.
/// </summary>
internal sealed class HardStateFile : IDisposable
{
    public const string Name = "hard-state";

    private const string TemporaryName = "hard-state.new";

    private readonly IStorageFile _file;
    private readonly byte[] _slot = new byte[HardStateRecord.SlotBytes];
    private HardStateRecord _current;
    private int _newestSlot;
    private StorageFailedException? _failure;

    private HardStateFile(IStorageFile file, in HardStateRecord current)
    {
        _file = file;
        _current = current;
    }

    /// <summary>What was saved last.</summary>
    public HardState Current => _current.State;

    /// <summary>Whose directory this is.</summary>
    public LogOwner Owner => _current.Owner;

    /// <summary>What names the directory in configurations and messages; see <see cref="HardStateRecord.Incarnation"/>.</summary>
    public ulong Incarnation => _current.Incarnation;

    /// <summary>True if it is the member that a configuration means which knows no incarnation; see <see cref="HardStateRecord.IsFounder"/>.</summary>
    public bool IsFounder => _current.IsFounder;

    /// <summary>How the directory began.</summary>
    public DirectoryOrigin Origin => _current.Origin;

    /// <summary>The configuration that the directory bootstrapped with; null if it did not, or that is not known.</summary>
    public Configuration? FirstVoters => _current.FirstVoters;

    /// <summary>True if nothing has ever been saved.</summary>
    public bool IsNew => _current.Sequence == 1;

    /// <summary>Makes the file of a new directory, whole and on disk before it has its name.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="firstVoters">The configuration that it bootstraps with; null if it joins.</param>
    public static HardStateFile Create(IStorageDirectory directory, LogOwner owner, Configuration? firstVoters)
    {
        IStorageFile file = directory.Create(TemporaryName);
        try
        {
            DirectoryOrigin origin = firstVoters is null ? DirectoryOrigin.Joined : DirectoryOrigin.Bootstrapped;
            HardStateFile made = new(file, new HardStateRecord(1, default, owner, Origin: origin, FirstVoters: firstVoters));
            made.WriteSlot(0);
            made.WriteSlot(1);
            file.Sync();
            directory.Rename(TemporaryName, Name);
            directory.Sync();
            return made;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file, and changes nothing yet: <see cref="MakeDurable"/> is to follow before anybody relies on what was read.</summary>
    /// <exception cref="LogCorruptedException">Both slots are spoiled.</exception>
    /// <exception cref="DataDirectoryException">A newer version wrote it.</exception>
    public static HardStateFile Open(IStorageDirectory directory)
    {
        IStorageFile file = directory.Open(Name);
        try
        {
            HardStateRecord newest = ReadNewest(file, directory.Path, out int staleSlot, out _);
            return new HardStateFile(file, newest) { _newestSlot = staleSlot == 0 ? 1 : 0 };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What to say of a directory that has segments but no hard state: the hard state is a new directory's first file, so its votes have been lost.</summary>
    public static LogCorruptedException Missing() => LogCorruptedException.Missing(Name);

    /// <summary>The newer of the two slots.</summary>
    /// <param name="file">The file.</param>
    /// <param name="directory">The directory, for messages.</param>
    /// <param name="staleSlot">The slot that does not hold the same; −1 if both do.</param>
    /// <param name="isOneBehind">True if that one holds what was saved before: so it is in the middle of a save, and so a crash there leaves it.</param>
    public static HardStateRecord ReadNewest(IStorageFile file, string directory, out int staleSlot, out bool isOneBehind)
    {
        byte[] slots = new byte[2 * HardStateRecord.SlotBytes];
        file.Read(slots, 0);
        ReadOnlySpan<byte> first = slots.AsSpan(0, HardStateRecord.SlotBytes);
        ReadOnlySpan<byte> second = slots.AsSpan(HardStateRecord.SlotBytes);
        HardStateRecord? one = HardStateRecord.Read(first, directory);
        HardStateRecord? other = HardStateRecord.Read(second, directory);
        if (one is null && other is null)
        {
            throw new LogCorruptedException(Name, 0, 0, "valid hard state slots, at least", 1, 0);
        }

        long firstSequence = one?.Sequence ?? 0;
        long secondSequence = other?.Sequence ?? 0;
        staleSlot = firstSequence == secondSequence ? -1 : firstSequence > secondSequence ? 1 : 0;
        isOneBehind = one is not null && other is not null && Math.Abs(firstSequence - secondSequence) == 1;
        return firstSequence >= secondSequence ? one!.Value : other!.Value;
    }

    /// <summary>Saves term and vote; when this returns they are on disk.</summary>
    /// <exception cref="StorageFailedException">A write or sync failed, now or before.</exception>
    public void Save(HardState state) => Save(_current with { State = state });

    /// <summary>Saves term and vote, and that the node is another one to the members of before, in one; when this returns they are on disk.</summary>
    /// <exception cref="StorageFailedException">A write or sync failed, now or before.</exception>
    public void Recover(HardState state) => Save(_current with { State = state, Recoveries = _current.Recoveries + 1 });

    /// <summary>
    /// Writes what was read to both slots anew. The process may have died between a write and its sync, or after a sync that failed: what was read is on disk only once this
    /// returns.
    /// </summary>
    /// <exception cref="StorageFailedException">A write or sync failed.</exception>
    public void MakeDurable()
    {
        WriteSlot(_newestSlot);
        _file.Sync();
        WriteSlot(1 - _newestSlot);
        _file.Sync();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Save(HardStateRecord record)
    {
        if (_failure is not null)
        {
            throw new StorageFailedException("use after a failure", Name, _failure);
        }

        if (record.State.Term < _current.State.Term)
        {
            throw new InvalidOperationException($"The term cannot go back from {_current.State.Term} to {record.State.Term}.");
        }

        try
        {
            _current = record with { Sequence = _current.Sequence + 1 };
            WriteSlot(0);
            _file.Sync();
            WriteSlot(1);
            _file.Sync();
        }
        catch (StorageFailedException e)
        {
            _failure = e;
            throw;
        }
    }

    private void WriteSlot(int slot)
    {
        _current.Write(_slot);
        _file.Write(_slot, slot * HardStateRecord.SlotBytes);
    }
}
