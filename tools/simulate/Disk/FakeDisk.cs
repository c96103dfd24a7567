using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using RaftEngine.Storage;

namespace RaftEngine.Simulate.Disk;

/// <summary>
/// A disk in memory, with one directory, that can lose power, refuse a request, be full, stall, and flip bits. It takes down what is done to it, in an order that depends on
/// nothing but the program: what other threads than its maker's do is put right before the maker's next touch of the same file.
/// </summary>
internal sealed class FakeDisk : IDisposable
{
    public const string DirectoryPath = "/fake";

    private readonly int _owner = Environment.CurrentManagedThreadId;
    private readonly Lock _lock = new();
    private readonly List<DiskImage> _images = []; // handles and mappings of earlier ones may be about
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly List<DiskOperation> _background = [];
    private long _used;
    private int _createdByOwner;
    private int _createdByOthers;

    public FakeDisk(int fileCapacity = 64 << 10)
        : this(new DiskImage(fileCapacity))
    {
    }

    /// <summary>A disk of this content; it owns the image.</summary>
    public FakeDisk(DiskImage image)
    {
        Image = image;
        _images.Add(image);
    }

    public DiskImage Image { get; private set; }

    /// <summary>If set, takes down what is done: operations, and notes of the test's in between. Images in it are its owner's.</summary>
    public List<object>? Journal { get; set; }

    /// <summary>How many requests its maker's thread has made.</summary>
    public int Calls { get; private set; }

    /// <summary>If set, takes down in a word each request of its maker's thread.</summary>
    public List<string>? Requests { get; init; }

    /// <summary>How many requests other threads have made.</summary>
    public int BackgroundCalls { get; private set; }

    /// <summary>The request of its maker's thread to refuse; 0 for none.</summary>
    public int FailingCall { get; set; }

    /// <summary>The request of other threads to refuse; 0 for none.</summary>
    public int FailingBackgroundCall { get; set; }

    /// <summary>True to refuse in the words of a full disk.</summary>
    public bool RefusesForRoom { get; init; }

    /// <summary>What the refused request was; null as long as none has been.</summary>
    public string? Refused { get; private set; }

    /// <summary>How many bytes files have taken, all together.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
            {
                return _used;
            }
        }
    }

    /// <summary>How many bytes files may take, all together.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>If set, syncs of files wait for it.</summary>
    public ManualResetEventSlim? Stall { get; set; }

    /// <summary>Set when a sync waits for <see cref="Stall"/>.</summary>
    public ManualResetEventSlim Stalled { get; } = new();

    /// <summary>Called once, in the middle of the next sync of a file by its maker's thread.</summary>
    public Action? DuringNextSync { private get; set; }

    /// <summary>Operations that the disk only pretends to do: to see whether a test notices.</summary>
    public Func<DiskImage, DiskOperation, bool>? Ignores { get; set; }

    /// <summary>If set, says of each request what it fails with, if anything. Where that is no <see cref="StorageFailedException"/>, it is the death of the process.</summary>
    public Func<string, string, Exception?>? Interferes { get; set; }

    /// <summary>Forgets what can no longer be reached, files that were deleted and earlier images: for a disk that
    /// lives long.</summary>
    public bool Reclaims { get; init; }

    /// <summary>Called at the end of each sync of a file.</summary>
    public Action? Synced { get; set; }

    /// <summary>Opens its directory.</summary>
    public IStorageDirectory OpenDirectory() => new FakeDirectory(this);

    /// <summary>Turns a bit of a file over, on disk.</summary>
    public void FlipBit(string name, int offset, int bit)
    {
        lock (_lock)
        {
            byte[] content = Image.FileOf(name).Content.ToArray();
            content[offset] ^= (byte)(1 << bit);
            Image.Put(name, content);
        }
    }

    /// <summary>The power fails: the files that are open are of no more use, and what is left is what is durable and what is chosen.</summary>
    public void LosePower(Func<int, int> choose, bool bySector) => Become(Image.AfterPowerLoss(choose, bySector));

    /// <summary>The power fails, and nothing has reached the disk that was not synced.</summary>
    public void LosePower() => Become(Image.WithoutUnsynced());

    /// <summary>Takes down a note.</summary>
    public void Note(object note)
    {
        lock (_lock)
        {
            Journal?.Add(note);
        }
    }

    /// <summary>Counts a request, and refuses it if it is its turn.</summary>
    public void Ask(string operation, string path)
    {
        lock (_lock)
        {
            if (Environment.CurrentManagedThreadId == _owner)
            {
                Requests?.Add(operation);
            }

            if (Interferes?.Invoke(operation, path) is { } failure)
            {
                throw failure;
            }

            bool isRefused = Environment.CurrentManagedThreadId == _owner ? ++Calls == FailingCall : ++BackgroundCalls == FailingBackgroundCall;
            if (isRefused)
            {
                Refused = operation;
                throw new StorageFailedException(operation, path, RefusesForRoom ? NoRoom() : new IOException($"This {operation} is refused."));
            }
        }
    }

    /// <summary>Does something to the disk.</summary>
    public void Do(DiskOperation operation)
    {
        lock (_lock)
        {
            if (Ignores?.Invoke(Image, operation) == true)
            {
                return;
            }

            if (operation.Kind == DiskOperation.Kinds.Delete)
            {
                _used -= Image.FileOf(operation.File).Length;
            }

            Image.Apply(operation);
            TakeDown(operation);
            if (operation.Kind == DiskOperation.Kinds.EndSync)
            {
                Synced?.Invoke();
            }
            else if (Reclaims && operation.Kind == DiskOperation.Kinds.SyncDirectory)
            {
                Image.Reclaim();
            }
        }
    }

    /// <summary>What is to be done in the middle of this sync.</summary>
    public Action? TakeDuringSync()
    {
        if (Environment.CurrentManagedThreadId != _owner)
        {
            return null;
        }

        Action? during = DuringNextSync;
        DuringNextSync = null;
        return during;
    }

    /// <summary>Looks at the disk.</summary>
    public T Look<T>(Func<DiskImage, T> look)
    {
        lock (_lock)
        {
            return look(Image);
        }
    }

    /// <summary>A number for a new file, that does not depend on which thread was faster.</summary>
    public int NumberFile()
    {
        lock (_lock)
        {
            return Environment.CurrentManagedThreadId == _owner ? Image.FirstFree + (2 * _createdByOwner++) : Image.FirstFree + (2 * _createdByOthers++) + 1;
        }
    }

    /// <summary>Takes room for a file to grow.</summary>
    public void Grow(int bytes, string operation, string path)
    {
        lock (_lock)
        {
            if (bytes > 0 && bytes + _used > Room)
            {
                throw new StorageFailedException(operation, path, NoRoom());
            }

            _used += Math.Max(0, bytes);
        }
    }

    public bool TryHold(string name)
    {
        lock (_lock)
        {
            return _held.Add(name);
        }
    }

    public void Release(string name)
    {
        lock (_lock)
        {
            _held.Remove(name);
        }
    }

    /// <summary>The maker's thread closes a file: what other threads did to it has been done.</summary>
    public void Closed(int file)
    {
        lock (_lock)
        {
            if (Environment.CurrentManagedThreadId == _owner && _background.Any(operation => operation.File == file))
            {
                MergeBackground();
            }
        }
    }

    public void Dispose()
    {
        _images.ForEach(static image => image.Dispose());
        Stalled.Dispose();
    }

    private static IOException NoRoom() => new("No space left on device", 28);

    private void Become(DiskImage image)
    {
        lock (_lock)
        {
            MergeBackground();
            Image = image;
            _createdByOwner = _createdByOthers = 0;
            _used = image.NamedBytes;
            if (Reclaims)
            {
                _images.ForEach(static earlier => earlier.Dispose());
                _images.Clear();
            }

            _images.Add(image);
            _held.Clear();
            Journal?.Add(new DiskOperation { Kind = DiskOperation.Kinds.LosePower, Survived = image.Clone() });
        }
    }

    private void TakeDown(DiskOperation operation)
    {
        if (Environment.CurrentManagedThreadId != _owner)
        {
            _background.Add(operation);
            return;
        }

        if (_background.Any(done => done.File == operation.File))
        {
            MergeBackground();
        }

        Journal?.Add(operation);
    }

    private void MergeBackground()
    {
        Journal?.AddRange(_background);
        _background.Clear();
    }
}
