namespace RaftEngine.Samples.Kv;

internal static class Program
{
    private static int Main() => 2;
}
