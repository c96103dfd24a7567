using System;
using System.Collections.Generic;
using System.IO.Hashing;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace RaftEngine.Simulate.Disk;

/// <summary>
/// A disk with one directory, as it is now and as each loss of power could leave it: files with all versions of their unsynced pages, and the names whose changes no sync
/// of the directory has made durable yet. One file's sync says nothing of its name, and the directory's sync says nothing of any file.
/// </summary>
internal sealed class DiskImage(int fileCapacity) : IDisposable
{
    private readonly SortedDictionary<int, DiskFile> _files = [];
    private readonly SortedDictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly List<(string? Removed, string? Added, int File)> _changes = []; // of names, since the directory's last sync
    private bool _usesForesight;
    private long _changesMade;
    private long _foreseenChanges;
    private readonly List<int> _unreachable = []; // used again and again
    private SortedDictionary<string, int> _durableNames = new(StringComparer.Ordinal);

    public int FileCapacity => fileCapacity;

    /// <summary>The names and their files, as they are now.</summary>
    public IReadOnlyDictionary<string, int> Names => _names;

    /// <summary>When the image was made, this number and all higher ones were free for new files.</summary>
    public int FirstFree { get; private init; } = 1;

    private int Free => _files.Count == 0 ? FirstFree : Math.Max(FirstFree, _files.Keys.Max() + 1);

    public DiskFile FileOf(int number) => _files[number];

    /// <summary>False for a file that was deleted before the image was copied.</summary>
    public bool HasFile(int number) => _files.ContainsKey(number);

    /// <summary>The name of a file; null if it has none.</summary>
    public string? NameOf(int number) => _names.FirstOrDefault(entry => entry.Value == number).Key;

    public DiskFile FileOf(string name) => _files[_names[name]];

    public void Apply(DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperation.Kinds.Create:
                Create(operation.Name, operation.File);
                break;
            case DiskOperation.Kinds.Write:
                _files[operation.File].Write(operation.Bytes, operation.Offset);
                _changesMade += operation.Offset == 0 ? 1 : 0; // a prepared file becomes a segment: the thread that syncs it knows of that
                break;
            case DiskOperation.Kinds.BeginSync:
                _files[operation.File].BeginSync(_usesForesight);
                break;
            case DiskOperation.Kinds.EndSync:
                _files[operation.File].EndSync();
                break;
            case DiskOperation.Kinds.AbandonSync:
                _files[operation.File].AbandonSync();
                break;
            case DiskOperation.Kinds.FailSync:
                _files[operation.File].FailSync();
                break;
            case DiskOperation.Kinds.Rename:
                Change(operation.Name, operation.NewName, operation.File);
                break;
            case DiskOperation.Kinds.Delete:
                Change(operation.Name, null, operation.File);
                break;
            case DiskOperation.Kinds.SyncDirectory:
                _changes.Clear();
                _durableNames = new SortedDictionary<string, int>(_names, StringComparer.Ordinal);
                break;
            default:
                throw new ArgumentException($"{operation} cannot be applied.", nameof(operation));
        }
    }

    /// <summary>Notes what syncs would vouch for if they began now.</summary>
    public void Foresee()
    {
        _foreseenChanges = _changesMade;
        foreach (DiskFile file in _files.Values)
        {
            file.Foresee();
        }
    }

    /// <summary>Does something in which syncs vouch for no more than was noted, each file's first; unless files have been made, begun or renamed since.</summary>
    public void AsForeseen(Action work)
    {
        _usesForesight = _foreseenChanges == _changesMade;
        try
        {
            work();
        }
        finally
        {
            _usesForesight = false;
            foreach (DiskFile file in _files.Values)
            {
                file.ForgetForeseen();
            }
        }
    }

    /// <summary>Forgets the files that are not open and that no loss of power can bring back.</summary>
    public void Reclaim()
    {
        _unreachable.Clear();
        foreach ((int number, DiskFile file) in _files)
        {
            if (!file.IsHeld && !_names.ContainsValue(number) && !_durableNames.ContainsValue(number) && !_changes.Exists(change => change.File == number))
            {
                _unreachable.Add(number);
            }
        }

        foreach (int number in _unreachable)
        {
            _files.Remove(number, out DiskFile? file);
            file!.Dispose();
        }
    }

    /// <summary>True if bytes that are mapped are on disk, whatever a loss of power leaves of the rest.</summary>
    public bool IsDurable(nint address, int length)
    {
        foreach (DiskFile file in _files.Values)
        {
            long offset = address - file.Address;
            if (offset >= 0 && offset < file.Capacity)
            {
                return file.IsDurable((int)offset, length);
            }
        }

        throw new ArgumentException("No file has these bytes.", nameof(address));
    }

    /// <summary>What a file would hold if nothing were written that was not synced; null if it would not be there.</summary>
    public byte[]? DurableContentOf(string name) => _durableNames.TryGetValue(name, out int number) ? _files[number].DurableContent() : null;

    /// <summary>True if there is anything that a loss of power could leave in more than one way.</summary>
    public bool HasUnsynced => _changes.Count != 0 || _files.Values.Any(static file => file.HasUnsynced);

    /// <summary>The bytes of all files that have a name.</summary>
    public long NamedBytes => _names.Values.Sum(number => (long)_files[number].Length);

    /// <summary>A file that is there, as if it had always been, all of it on disk.</summary>
    public void Put(string name, ReadOnlySpan<byte> content)
    {
        if (!_names.TryGetValue(name, out int number))
        {
            number = Free;
            Create(name, number);
            _changes.Clear();
            _durableNames[name] = number;
        }

        _files[number].Set(content, content.Length);
    }

    /// <summary>Takes a name away, as if it had never been.</summary>
    public void Remove(string name)
    {
        _names.Remove(name);
        _durableNames.Remove(name);
    }

    /// <summary>What the death of the process leaves, and a copy: everything that has a name or may have one again, and what is not durable still is not.</summary>
    public DiskImage Clone()
    {
        DiskImage copy = new(FileCapacity) { FirstFree = Free, _durableNames = new SortedDictionary<string, int>(_durableNames, StringComparer.Ordinal) };
        copy._changes.AddRange(_changes);
        foreach ((string name, int number) in _names)
        {
            copy._names[name] = number;
        }

        HashSet<int> reachable = Reachable();
        foreach ((int number, DiskFile file) in _files)
        {
            if (reachable.Contains(number))
            {
                copy._files[number] = file.Clone();
            }
        }

        return copy;
    }

    /// <summary>What a loss of power leaves: what is durable, and of the rest what is chosen; all of it durable from then on.</summary>
    /// <param name="choose">Chooses one of so many, in an order of questions that depends on this image alone; 0 is what is durable, the last what is current.</param>
    /// <param name="bySector">True to choose for each sector, false for each page.</param>
    public DiskImage AfterPowerLoss(Func<int, int> choose, bool bySector)
    {
        DiskImage left = new(FileCapacity) { FirstFree = Free };
        foreach ((string name, int number) in _durableNames)
        {
            left._names[name] = number;
        }

        foreach ((string? removed, string? added, int number) in _changes)
        {
            if (choose(2) == 0)
            {
                continue;
            }

            if (removed is not null && left._names.GetValueOrDefault(removed) == number)
            {
                left._names.Remove(removed);
            }

            if (added is not null)
            {
                left._names[added] = number;
            }
        }

        HashSet<int> reachable = Reachable();
        HashSet<int> reached = [.. left._names.Values];
        foreach ((int number, DiskFile file) in _files)
        {
            if (reachable.Contains(number))
            {
                // Asked for in any case, so that the questions do not depend on the answers.
                DiskFile survivor = file.AfterPowerLoss(choose, bySector);
                if (reached.Contains(number))
                {
                    left._files[number] = survivor;
                }
                else
                {
                    survivor.Dispose();
                }
            }
        }

        left._durableNames = new SortedDictionary<string, int>(left._names, StringComparer.Ordinal);
        return left;
    }

    /// <summary>What a loss of power leaves if nothing is written that was not synced.</summary>
    public DiskImage WithoutUnsynced() => AfterPowerLoss(static _ => 0, bySector: false);

    /// <summary>A digest of the names and contents.</summary>
    public ulong Digest()
    {
        XxHash3 hash = new();
        foreach ((string name, int number) in _names)
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            hash.Append(_files[number].Content);
            hash.Append(MemoryMarshal.AsBytes([_files[number].Length]));
        }

        return hash.GetCurrentHashAsUInt64();
    }

    public void Dispose()
    {
        foreach (DiskFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    private HashSet<int> Reachable()
    {
        HashSet<int> reachable = [.. _durableNames.Values];
        _changes.ForEach(change => reachable.Add(change.File));
        return reachable;
    }

    private void Create(string name, int number)
    {
        _files[number] = new DiskFile(FileCapacity);
        Change(null, name, number);
    }

    private void Change(string? removed, string? added, int number)
    {
        if (removed is not null)
        {
            _names.Remove(removed);
        }

        if (added is not null)
        {
            _names[added] = number;
        }

        _changesMade++;
        _changes.Add((removed, added, number));
    }
}
