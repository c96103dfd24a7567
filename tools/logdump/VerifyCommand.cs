using System.CommandLine;
using System.Globalization;
using System.IO;
using RaftEngine.Log;

namespace RaftEngine.LogDump;

/// <summary><c>logdump verify DIR</c>: reads every record and checks the whole chain.</summary>
internal static class VerifyCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        Argument<string> directory = DirectoryArgument.Create();
        Command command = new("verify", "Verifies every record of a log; says where the first damage is, if there is any.") { directory };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(directory), output, error));
        return command;
    }

    private static int Run(string directory, TextWriter output, TextWriter error)
    {
        LogVerification log = LogInspector.Open(directory).Verify();
        string seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{log.Records} records in {log.Segments} segments, index {log.FirstIndex} to {log.LastIndex}, {log.RecordBytes} bytes, fingerprint {log.Fingerprint:x16}");
        if (log.Damage is not null)
        {
            error.WriteLine(log.Damage.Message);
            error.WriteLine($"Intact before it: {seen}.");
            return ExitCodes.Damage;
        }

        output.WriteLine($"Clean: {seen}.");
        if (log.TornTailBytes > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Behind the last record stand {log.TornTailBytes} bytes of a write that has not finished. The node cuts them when it opens the log."));
        }

        return ExitCodes.Clean;
    }
}
