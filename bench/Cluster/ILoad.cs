using System.Threading.Tasks;

namespace RaftEngine.Bench.Cluster;

/// <summary>Brings commands.</summary>
internal interface ILoad
{
    /// <summary>Begins.</summary>
    void Start();

    /// <summary>Ends; when the task ends, nothing is on its way any more.</summary>
    Task StopAsync();
}
