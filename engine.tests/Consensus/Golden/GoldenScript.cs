using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace RaftEngine.Tests.Consensus.Golden;

/// <summary>
/// A text of commands to a cluster, each followed by what is expected to come of it. Running it gives the same text with what really came of it.
/// </summary>
/// <remarks>
/// <code>
/// # a comment
/// > command argument argument
/// a line of output
/// another
///
/// > next command
/// </code>
/// Comments and empty lines stay where they are, except that an empty line ends each command's output.
/// </remarks>
internal static class GoldenScript
{
    private const string CommandMark = "> ";

    /// <summary>Runs every command of a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="run">Runs one command, given its words, and gives back its output.</param>
    /// <returns>The script with the output in the place of what was expected.</returns>
    /// <exception cref="InvalidDataException">A line is neither a comment, nor empty, nor a command or its output; or the command is not known.</exception>
    public static string Run(string script, Func<string[], IEnumerable<string>> run)
    {
        StringBuilder actual = new();
        bool inOutput = false;
        int number = 0;
        foreach (string line in script.TrimEnd().Split('\n'))
        {
            number++;
            if (line.StartsWith(CommandMark, StringComparison.Ordinal))
            {
                if (inOutput)
                {
                    actual.Append('\n');
                }

                actual.Append(line).Append('\n');
                AppendOutput(actual, number, line[CommandMark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries), run);
                inOutput = true;
            }
            else if (line.Length == 0)
            {
                actual.Append('\n');
                inOutput = false;
            }
            else if (line[0] == '#')
            {
                actual.Append(line).Append('\n');
            }
            else if (!inOutput)
            {
                throw new InvalidDataException($"Line {number}: \"{line}\" belongs to no command.");
            }
        }

        return actual.ToString();
    }

    private static void AppendOutput(StringBuilder actual, int number, string[] words, Func<string[], IEnumerable<string>> run)
    {
        try
        {
            foreach (string output in run(words))
            {
                actual.Append(output).Append('\n');
            }
        }
        catch (Exception exception) when (exception is FormatException or IndexOutOfRangeException or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException($"Line {number}: \"{string.Join(' ', words)}\" is not a command: {exception.Message}", exception);
        }
    }
}
