using FASTER.core;

namespace RaftEngine.Bench.Baselines;

/// <summary>FasterLog as it is fastest with a checksum for each entry: fast commits, so one write a commit, into a prepared file.</summary>
internal static class FasterLogs
{
    /// <summary>The prepared file's size, in bytes: a multiple of the page.</summary>
    public const int FileBytes = 64 << 20;

    private const int PageBits = 22;
    private const int MemoryBits = 26;

    /// <summary>One that writes its pages nowhere.</summary>
    public static FasterLog InMemory() => Open(new NullDevice());

    /// <summary>One with a file behind it.</summary>
    public static FasterLog OnFile(IDevice device) => Open(device);

    private static FasterLog Open(IDevice device) => new(new FasterLogSettings
    {
        LogDevice = device,
        LogCommitManager = new NoCommitFiles(),
        LogChecksum = LogChecksumType.PerEntry,
        PageSizeBits = PageBits,
        MemorySizeBits = MemoryBits,
        SegmentSizeBits = 30,
        FastCommitMode = true,
        TryRecoverLatest = false,
        AutoCommit = false,
    });
}
