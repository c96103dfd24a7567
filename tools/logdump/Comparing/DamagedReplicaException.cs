using System;
using RaftEngine.Log;

namespace RaftEngine.LogDump.Comparing;

/// <summary>One of the logs that were to be compared is damaged: says which.</summary>
internal sealed class DamagedReplicaException(string directory, LogCorruptedException damage) : Exception($"{directory}: {damage.Message}", damage);
