namespace RaftEngine.Pipeline;

/// <summary>Finds an operation from the slot that stands in the inbox.</summary>
internal interface IOperationTable
{
    /// <summary>The operation of a slot. The loop's; the inbox's release and acquire have published it.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The operation.</returns>
    Operation BySlot(long slot);
}
