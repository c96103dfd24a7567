using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>The house rules that a machine can check: lengths, one type a file, no left-over marks.</summary>
public partial class TidyTests
{
    private const int MaxFileLines = 600;
    private const int MaxMethodLines = 70;
    private const int MaxLineLength = 200;

    private static readonly string[] Folders = ["engine", "engine.tests", "bench", "tools", "samples"];

    private static IEnumerable<string> Files => Folders.SelectMany(Repository.SourceFiles);

    [Fact]
    public void No_file_is_longer_than_600_lines()
    {
        Assert.DoesNotContain(Files.Select(file => (Name(file), Lines: File.ReadAllLines(file).Length)), file => file.Lines > MaxFileLines);
    }

    [Fact]
    public void No_method_is_70_lines_or_longer()
    {
        List<string> tooLong = [.. Files.SelectMany(file => Methods(File.ReadAllLines(file))
            .Where(method => method.Lines >= MaxMethodLines)
            .Select(method => $"{Name(file)}:{method.FirstLine} has {method.Lines} lines"))];

        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_line_is_longer_than_200_characters()
    {
        Assert.Empty(Files.SelectMany(file => File.ReadAllLines(file)
            .Select((line, number) => (Place: $"{Name(file)}:{number + 1}", line.Length))
            .Where(line => line.Length > MaxLineLength)));
    }

    [Fact]
    public void A_file_holds_one_type()
    {
        Assert.DoesNotContain(
            Files.Select(file => (Name(file), Types: File.ReadAllLines(file).Count(line => TopLevelType().IsMatch(line)))),
            file => file.Types > 1);
    }

    [Fact]
    public void Nothing_is_left_over()
    {
        string[] marks = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception", "ST" + "UB"];

        Assert.Empty(Files.SelectMany(file => File.ReadAllLines(file)
            .Select((line, number) => (Place: $"{Name(file)}:{number + 1}", Line: line))
            .Where(line => marks.Any(mark => line.Line.Contains(mark, StringComparison.Ordinal)))));
    }

    [Fact]
    public void The_method_counter_counts()
    {
        string[] source = ["class A", "{", "    void B()", "    {", "        C();", "    }", "}"];

        Assert.Equal([(3, 4)], Methods(source));
    }

    private static string Name(string file) => Path.GetRelativePath(Repository.Root, file);

    /// <summary>
    /// Methods by the house layout: a member's signature is indented by one level within its type, its body opens and closes with braces alone on lines of that indentation.
    /// </summary>
    private static IEnumerable<(int FirstLine, int Lines)> Methods(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            Match signature = MethodSignature().Match(lines[i]);
            if (!signature.Success)
            {
                continue;
            }

            string indentation = signature.Groups["indentation"].Value;
            int open = Array.FindIndex(lines, i, line => line == indentation + "{" || line.EndsWith(';'));
            if (open < 0 || lines[open].EndsWith(';'))
            {
                continue;
            }

            int close = Array.FindIndex(lines, open, line => line == indentation + "}");
            yield return (i + 1, close - i + 1);
            i = close;
        }
    }

    [GeneratedRegex(@"^(?<indentation>    (    )?)(?!(class|struct|record|interface|enum|namespace|return|if|while|for|foreach|switch|using|lock|new|throw|await|get|set)\b)[A-Za-z].*\(.*$")]
    private static partial Regex MethodSignature();

    [GeneratedRegex(@"^(public |internal |file )(static |sealed |abstract |readonly |partial |unsafe |ref |record )*(class|struct|interface|enum|record|delegate) ")]
    private static partial Regex TopLevelType();
}
