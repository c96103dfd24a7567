using BenchmarkDotNet.Running;

namespace RaftEngine.Bench;

/// <summary>Runs the benchmarks that the arguments select: <c>--filter '*'</c>, <c>--list flat</c>, and all else that BenchmarkDotNet offers.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments);
        return 0;
    }
}
