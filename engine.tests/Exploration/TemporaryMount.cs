using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace RaftEngine.Tests.Exploration;

/// <summary>A small file system in memory, mounted under the temporary path, gone with the test.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private static readonly Lazy<bool> Possible = new(static () =>
    {
        try
        {
            new TemporaryMount(64 << 10).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public TemporaryMount(int sizeBytes)
    {
        Path = Directory.CreateTempSubdirectory("raftengine-mount-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={sizeBytes}"), "raftengine", Path) != 0)
        {
            Directory.Delete(Path);
            throw new IOException("The file system cannot be mounted.");
        }
    }

    /// <summary>True where a file system can be mounted: not in every container.</summary>
    public static bool IsPossible => Possible.Value;

    public string Path { get; }

    public void Dispose()
    {
        _ = Run("umount", "-l", Path);
        Directory.Delete(Path, recursive: true);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
