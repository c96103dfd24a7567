using FASTER.core;

namespace RaftEngine.Bench.Baselines;

/// <summary>FasterLog as it is fastest with a checksum for each entry: fast commits, so one write a commit, into a prepared file.</summary>
internal static class FasterLogs
{
    /// <summary>The prepared file's size, in bytes: a multiple of the page.</summary>
    public const int FileBytes = 64 << 20;

    // Of the sizes tried, from 64 KiB pages in 1 MiB to 32 MiB pages in 256 MiB, these enqueue fastest, with a file behind them and without: they stay in the processor's cache.
    private const int SmallPageBits = 16;
    private const int SmallMemoryBits = 20;

    // A commit is one write as long as it stays within a page.
    private const int LargePageBits = 22;
    private const int LargeMemoryBits = 26;

    /// <summary>One for appending without syncing, of entries that are smaller than half a page of 64 KiB.</summary>
    /// <param name="device">Where its pages go; null for nowhere.</param>
    public static FasterLog ForEnqueueing(IDevice? device) => Open(device ?? new NullDevice(), SmallPageBits, SmallMemoryBits);

    /// <summary>One for commits of many entries in one write, and for large entries.</summary>
    /// <param name="device">Where its pages go.</param>
    public static FasterLog ForCommitting(IDevice device) => Open(device, LargePageBits, LargeMemoryBits);

    private static FasterLog Open(IDevice device, int pageBits, int memoryBits) => new(new FasterLogSettings
    {
        LogDevice = device,
        LogCommitManager = new NoCommitFiles(),
        LogChecksum = LogChecksumType.PerEntry,
        PageSizeBits = pageBits,
        MemorySizeBits = memoryBits,
        SegmentSizeBits = 30,
        FastCommitMode = true,
        TryRecoverLatest = false,
        AutoCommit = false,
    });
}
