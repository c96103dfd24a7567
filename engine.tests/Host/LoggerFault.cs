namespace RaftEngine.Tests.Host;

/// <summary>Where a <see cref="FaultyLogger"/> throws.</summary>
public enum LoggerFault
{
    Log,
    IsEnabled,
    BeginScope,
    Everything,
}
