using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using RaftEngine.Samples.Kv.Resp;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Samples.Redis;

/// <summary>A line of <c>command-lines.txt</c>, and the bytes that it stands for.</summary>
internal sealed partial record CommandLine(string Line, string Bytes)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<CommandLine> All => [.. File.ReadAllLines(Path.Combine(Repository.Root, "engine.tests", "Samples", "Redis", "command-lines.txt"))
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => new CommandLine(line, line.StartsWith("> ", StringComparison.Ordinal) ? Unescape(line[2..]) : Requests(line)))];

    private static string Requests(string line) => string.Concat(line.Split(" | ").Select(static command => Request(Words(command))));

    private static string Request(string[] words) => string.Create(
        CultureInfo.InvariantCulture,
        $"*{words.Length}\r\n{string.Concat(words.Select(static word => string.Create(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n")))}");

    private static string[] Words(string command)
    {
        byte[] line = Encoding.Latin1.GetBytes(command);
        using RespArguments arguments = new();
        Assert.True(InlineRequest.TrySplit(line, arguments.Rent(line.Length + 1), arguments), command);
        return [.. Enumerable.Range(0, arguments.Count).Select(arguments.Text)];
    }

    private static string Unescape(string text) => Escape().Replace(text, static match => match.Value[1] switch
    {
        'r' => "\r",
        'n' => "\n",
        't' => "\t",
        'x' when match.Length == 4 => ((char)Convert.ToInt32(match.Value[2..], 16)).ToString(),
        _ => match.Value[1..],
    });

    [GeneratedRegex(@"\\(x[0-9a-f]{2}|.)")]
    private static partial Regex Escape();
}
