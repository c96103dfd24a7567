using RaftEngine.Simulate.Linearizability;

namespace RaftEngine.Simulate.Simulation;

/// <summary>What the clients do together, and the history of it. A key gets a bounded number of operations, so that judging its history stays cheap.</summary>
internal sealed class Workload(Draw draw)
{
    private const int Slots = 4;
    private const int OperationsPerKey = 24;

    private readonly int[] _operations = new int[Slots];
    private int _process;

    public HistoryRecorder History { get; } = new();

    /// <summary>How many commands there have been.</summary>
    public ulong Commands { get; set; }

    /// <summary>A number for a process that runs one operation.</summary>
    public int NextProcess() => ++_process;

    public WorkItem Next()
    {
        int slot = (int)draw.Below(Slots);
        int generation = 1 + (_operations[slot]++ / OperationsPerKey);
        OperationKind kind = draw.Below(10) switch
        {
            < 5 => OperationKind.Get,
            < 8 => OperationKind.Append,
            _ => OperationKind.Put,
        };
        return new WorkItem(kind, slot, generation, kind == OperationKind.Get ? "" : $"{_process + 1},");
    }
}
