using System;
using System.Collections.Generic;
using System.IO;
using RaftEngine.LogDump.Output;
using RaftEngine.Storage;

namespace RaftEngine.Fuzz.Targets;

/// <summary>The log inspector on a directory of which one file is not as it was: it always ends, and never by an exception.</summary>
internal sealed class LogDumpTarget : FuzzTarget
{
    private static readonly string[] Commands = ["verify", "info", "list", "map", "segments"];

    private readonly string _path = Directory.CreateTempSubdirectory("raftengine-fuzz-").FullName;
    private readonly LogFiles _files;
    private int _runs;

    public LogDumpTarget()
    {
        using (IStorageDirectory directory = FileSystemDirectory.OpenOrCreate(_path))
        {
            LogFiles.Make(directory);
        }

        using IStorageDirectory made = FileSystemDirectory.OpenOrCreate(_path);
        _files = new LogFiles(made);
    }

    public override string Name => "logdump";

    public override int MaxBytes => LogFiles.MaxBytes;

    public override long MaxAllocatedBytes => 64 << 20;

    public override IReadOnlyList<byte[]> Seeds => _files.Seeds;

    public override void Repair(Span<byte> input) => _files.Repair(input);

    public override void Run(byte[] input)
    {
        (string name, byte[] content) = _files.Files[_files.IndexOf(input)];
        string path = Path.Combine(_path, name);
        File.WriteAllBytes(path, input[Math.Min(1, input.Length)..]);
        int exit = LogDump.Program.Run([Commands[_runs++ % Commands.Length], _path], new Terminal(Stream.Null, TextWriter.Null));
        File.WriteAllBytes(path, content);
        Require(exit is >= 0 and < 10, $"it ends with {exit}");
    }

    protected override void Close() => Directory.Delete(_path, recursive: true);
}
