using System;
using System.IO;
using System.Linq;
using System.Text;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.LogDump.Reading;

/// <summary>What the user has named: a data directory, a single segment, or a backup.</summary>
internal static class Subject
{
    private const int MostListed = 64;

    private static readonly EnumerationOptions TwoLevels =
        new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    /// <summary>Opens the log in a data directory, or of a single segment.</summary>
    /// <exception cref="DataDirectoryException">It is neither, or a newer version wrote it.</exception>
    /// <exception cref="LogCorruptedException">The hard state, or the segment's header, is damaged.</exception>
    /// <exception cref="StorageFailedException">The operating system refused.</exception>
    /// <exception cref="UsageException">It holds no log itself: a backup, or a directory of data
    /// directories.</exception>
    public static LogInspector OpenLog(string path)
    {
        if (Directory.Exists(path) || !File.Exists(path))
        {
            return OpenDirectory(path);
        }

        return IsBackup(path) ? throw IsNoLog(path)
            : IsSegment(path) ? LogInspector.OpenSegment(path)
            : throw new DataDirectoryException(path, "it is a file, and neither a segment nor a backup.");
    }

    /// <summary>What to say of a backup where a log is wanted.</summary>
    public static UsageException IsNoLog(string path) =>
        new($"'{path}' is a backup, or a snapshot: it holds a state and no entries. 'info' and 'verify' take it.");

    /// <summary>True if it is a file that says that it is a snapshot: by its name or its first bytes.</summary>
    public static bool IsBackup(string path) =>
        !Directory.Exists(path) && File.Exists(path) && !IsSegment(path)
            && Says(path, SnapshotFormat.Extension, "RAFTSNAP"u8);

    /// <summary>True if both paths lead to one file or directory.</summary>
    public static bool AreSame(string one, string other)
    {
        string first = Resolve(one);
        string second = Resolve(other);
        return first == second
            || (FileIdentity.Of(first) is { Number: not 0 } known && FileIdentity.Of(second) is { } found
                && known.IsSameFile(found));
    }

    private static string Resolve(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        FileSystemInfo? target = Directory.Exists(full) ? Directory.ResolveLinkTarget(full, returnFinalTarget: true)
            : File.Exists(full) ? File.ResolveLinkTarget(full, true) : null;
        return target?.FullName ?? full;
    }

    private static bool IsSegment(string path) => Says(path, SegmentFormat.Extension, "RAFTSEGM"u8);

    private static bool Says(string path, string extension, ReadOnlySpan<byte> magic)
    {
        if (path.EndsWith(extension, StringComparison.Ordinal))
        {
            return true;
        }

        Span<byte> start = stackalloc byte[8];
        using IStorageFile file = OpenFile(path);
        return file.Read(start, 0) == start.Length && start.SequenceEqual(magic);
    }

    /// <summary>Opens a file to read it.</summary>
    /// <exception cref="StorageFailedException">There is none, it is no regular file, or the operating system
    /// refused.</exception>
    public static IStorageFile OpenFile(string path)
    {
        string full = Path.GetFullPath(path);
        using FileSystemDirectory directory = FileSystemDirectory.OpenExisting(Path.GetDirectoryName(full)!);
        return directory.OpenForReading(Path.GetFileName(full))
            ?? throw new StorageFailedException("open", full, new FileNotFoundException($"There is no file '{full}'."));
    }

    private static LogInspector OpenDirectory(string path)
    {
        try
        {
            return LogInspector.Open(path);
        }
        catch (DataDirectoryException) when (DataDirectoriesIn(path) is { Length: > 0 } found)
        {
            StringBuilder told = new($"'{path}' is no data directory, but these in it are:");
            foreach (string directory in found)
            {
                told.Append($"\n  {directory}{OwnerOf(directory)}");
            }

            throw new UsageException(told.Append("\nName one of them.").ToString());
        }
    }

    private static string[] DataDirectoriesIn(string path) => File.Exists(Path.Combine(path, HardStateFile.Name)) ? [] :
    [
        .. Directory.EnumerateDirectories(path, "*", TwoLevels).Where(static directory =>
            File.Exists(Path.Combine(directory, HardStateFile.Name)))
            .Order(StringComparer.Ordinal).Take(MostListed),
    ];

    private static string OwnerOf(string directory)
    {
        try
        {
            LogOwner owner = LogInspector.Open(directory).Owner;
            return $"  node {owner.NodeId} of cluster {owner.ClusterId}{(owner.GroupId == 0 ? "" : $", group {owner.GroupId}")}";
        }
        catch (Exception e) when (e is LogCorruptedException or DataDirectoryException or StorageFailedException)
        {
            return "";
        }
    }
}
