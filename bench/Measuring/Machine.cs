using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace RaftEngine.Bench.Measuring;

/// <summary>What a figure was measured on, as far as it can be told without naming the machine.</summary>
/// <param name="Processors">How many the process may use.</param>
/// <param name="Processor">The model, or the architecture.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The runtime.</param>
/// <param name="FileSystem">The file system that the files lay on.</param>
internal sealed record Machine(int Processors, string Processor, string OperatingSystem, string Runtime, string FileSystem)
{
    /// <summary>This one.</summary>
    /// <param name="fileSystem">The file system that the files lie on.</param>
    public static Machine Current(string fileSystem) =>
        new(Environment.ProcessorCount, ProcessorModel(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, fileSystem);

    /// <inheritdoc/>
    public override string ToString() => $"{Processors} processors ({Processor}), {OperatingSystem}, {Runtime}, {FileSystem}";

    private static string ProcessorModel()
    {
        const string Info = "/proc/cpuinfo";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
