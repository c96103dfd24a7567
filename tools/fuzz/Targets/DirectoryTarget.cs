using System;
using System.Collections.Generic;
using RaftEngine.Log;
using RaftEngine.Protocol;
using RaftEngine.Simulate.Disk;
using RaftEngine.Storage;

namespace RaftEngine.Fuzz.Targets;

/// <summary>A data directory of which one file is not as it was: recovery opens it, or says what is wrong.</summary>
internal sealed class DirectoryTarget : FuzzTarget
{
    private readonly LogFiles _files = MakeFiles();

    public override string Name => "directory";

    public override int MaxBytes => LogFiles.MaxBytes;

    public override long MaxAllocatedBytes => 16 << 20;

    public override IReadOnlyList<byte[]> Seeds => _files.Seeds;

    public override void Repair(Span<byte> input) => _files.Repair(input);

    public override bool IsTyped(Exception exception) =>
        exception is LogCorruptedException or DataDirectoryException or LaterReleaseException or StorageFailedException;

    public override void Run(byte[] input)
    {
        using FakeDisk disk = new(fileCapacity: 256 << 10);
        using (IStorageDirectory directory = disk.OpenDirectory())
        {
            int which = _files.IndexOf(input);
            for (int i = 0; i < _files.Files.Count; i++)
            {
                using IStorageFile file = directory.Create(_files.Files[i].Name);
                file.Write(i == which ? input.AsSpan(Math.Min(1, input.Length)) : _files.Files[i].Content, 0);
                file.Sync();
            }

            directory.Sync();
        }

        using DataDirectory data = DataDirectory.Open(disk.OpenDirectory(), LogFiles.Options);
        for (long index = data.Log.FirstIndex; index <= data.Log.LastIndex; index++)
        {
            Require(data.Log.Read(index).Index == index, $"the record at {index} is another");
        }

        data.Log.Append(EntryKind.Command, Math.Max(1, data.Log.TermAt(data.Log.LastIndex)), new byte[100]);
        data.Log.Flush();
    }

    private static LogFiles MakeFiles()
    {
        using FakeDisk disk = new(fileCapacity: 256 << 10);
        LogFiles.Make(disk.OpenDirectory());
        using IStorageDirectory directory = disk.OpenDirectory();
        return new LogFiles(directory);
    }
}
