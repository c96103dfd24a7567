using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using RaftEngine.Log;
using RaftEngine.Snapshots;
using RaftEngine.Storage;

namespace RaftEngine.Tests.LogDump;

/// <summary>Makes of a directory, by a seed, what a person or another program may have made of it: several files at
/// once deleted, renamed, swapped, copied, cut off, written
/// over, or replaced by what is no file.</summary>
internal sealed class MutatedDirectory(string path, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<string> _what = [];

    /// <summary>What was done.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"seed {seed}: {string.Join("; ", _what)}");

    public void Mutate()
    {
        for (int i = _random.Next(1, 5); i > 0; i--)
        {
            string[] files = [.. Directory.GetFiles(path).Select(static file => Path.GetFileName(file)).Order(
                StringComparer.Ordinal)];
            if (files.Length > 0)
            {
                MutateOne(files[_random.Next(files.Length)], files[_random.Next(files.Length)]);
            }
        }
    }

    private void MutateOne(string file, string other)
    {
        string place = Path.Combine(path, file);
        switch (_random.Next(12))
        {
            case 0:
                Did($"{file} deleted");
                File.Delete(place);
                break;
            case 1:
                string name = NewName(file);
                Did($"{file} renamed to {name}");
                File.Move(place, Path.Combine(path, name), overwrite: true);
                break;
            case 2:
                Did($"{file} copied over {other}");
                Copy(place, Path.Combine(path, other));
                break;
            case 3:
                string copy = NewName(file);
                Did($"{file} copied to {copy}");
                Copy(place, Path.Combine(path, copy));
                break;
            case 4:
                Did($"{file} replaced by a directory");
                File.Delete(place);
                Directory.CreateDirectory(place);
                break;
            case 5:
                Did($"{file} replaced by a link to {other}");
                File.Delete(place);
                File.CreateSymbolicLink(place, Path.Combine(path, other));
                break;
            case 6 when _random.Next(4) == 0 && !OperatingSystem.IsWindows():
                Did($"{file} replaced by a FIFO");
                File.Delete(place);
                using (Process made = Process.Start("mkfifo", place))
                {
                    made.WaitForExit();
                }

                break;
            case 7:
                Did($"{file} emptied");
                File.WriteAllBytes(place, []);
                break;
            default:
                Overwrite(file, place);
                break;
        }
    }

    private static bool IsFile(string place) => FileIdentity.Of(place) is { Kind: FileKind.Regular };

    private static void Copy(string file, string target)
    {
        // Onto itself, by its own name or by a link's, it stays as it is; and what is no file would not end.
        if (IsFile(file) && (IsFile(target) || FileIdentity.Of(target) is null) && file != target)
        {
            File.Copy(file, target, overwrite: true);
        }
    }

    private void Overwrite(string file, string place)
    {
        if (!IsFile(place) || new FileInfo(place).Length == 0)
        {
            return; // what is no file any more
        }

        byte[] bytes = File.ReadAllBytes(place);
        int at = _random.Next(bytes.Length);
        int length = Math.Min(bytes.Length - at, _random.Next(1, 6000));
        switch (_random.Next(4))
        {
            case 0:
                Did($"{file} cut off at {at}");
                bytes = bytes[..at];
                break;
            case 1:
                Did($"{file} random from {at}, {length} bytes");
                _random.NextBytes(bytes.AsSpan(at, length));
                break;
            case 2:
                Did($"{file} zero from {at}, {length} bytes");
                bytes.AsSpan(at, length).Clear();
                break;
            default:
                Did($"{file} a bit at {at}");
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
        }

        File.WriteAllBytes(place, bytes);
    }

    private string NewName(string file) => _random.Next(5) switch
    {
        0 => SegmentFormat.NameOf(_random.Next(1, 400)),
        1 => SnapshotFormat.NameOf(_random.Next(1, 400)),
        2 => file + ".old",
        3 => SegmentFormat.NameOf(long.MaxValue - _random.Next(3)),
        _ => HardStateFile.Name,
    };

    private void Did(FormattableString what) => _what.Add(what.ToString(CultureInfo.InvariantCulture));
}
