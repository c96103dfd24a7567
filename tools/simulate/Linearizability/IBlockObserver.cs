namespace RaftEngine.Simulate.Linearizability;

/// <summary>Watches where a search gets stuck.</summary>
internal interface IBlockObserver
{
    /// <summary>All that could be placed before the return of an operation has been tried, and the operation still has no place.</summary>
    void OnBlocked(OrderSearch search, Operation blocked);
}
