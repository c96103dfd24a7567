using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using RaftEngine.Tests.Support;
using Xunit;

namespace RaftEngine.Tests.Conventions;

/// <summary>The house rules that a machine can check: lengths, one type a file, no left-over marks.</summary>
public partial class TidyTests
{
    private const int MaxFileLines = 600;
    private const int MaxMethodLines = 70;
    private const int MaxLineLength = 180;

    private static readonly string[] Folders = ["engine", "engine.tests", "bench", "tools", "samples"];

    private static IEnumerable<string> Files => Folders.SelectMany(Repository.SourceFiles);

    // CONTRIBUTING.md lists the words.
    private static IEnumerable<string> Texts => Repository.AllFiles("*.cs").Concat(Repository.AllFiles("*.md"))
        .Where(file => Name(file) != "CONTRIBUTING.md");

    [Fact]
    public void No_file_is_longer_than_600_lines()
    {
        Assert.DoesNotContain(Files.Select(file => (Name(file), Lines: File.ReadAllLines(file).Length)), file => file.Lines > MaxFileLines);
    }

    [Fact]
    public void No_method_is_70_lines_or_longer()
    {
        List<string> tooLong = [.. Files.SelectMany(file => Methods(File.ReadAllText(file))
            .Where(method => method.Lines >= MaxMethodLines)
            .Select(method => $"{Name(file)}:{method.FirstLine} has {method.Lines} lines"))];

        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_line_is_longer_than_180_characters()
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

    // A compound identifier such as NobodySyncs is allowed; words between underscores count.
    [Fact]
    public void No_source_or_document_has_a_banned_word()
    {
        List<string> found = [.. Texts.SelectMany(file => File.ReadAllLines(file)
            .Select((line, number) => (Place: $"{Name(file)}:{number + 1}", Match: BannedWord().Match(line)))
            .Where(line => line.Match.Success)
            .Select(line => $"{line.Place} has \"{line.Match.Value}\""))];

        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    [Theory]
    [InlineData("Who" + "ever leads", true)]
    [InlineData("public void No" + "body_leads()", true)]
    [InlineData("It can" + " not be read", true)]
    [InlineData("It_waits_for" + "_ever", true)]
    [InlineData("It cannot wait forever, for everything", false)]
    [InlineData("Sabotage.NobodySyncs", false)]
    public void Banned_words_are_found_in_prose_and_in_names_of_tests(string text, bool isFound)
    {
        Assert.Equal(isFound, BannedWord().IsMatch(text));
    }

    [Fact]
    public void The_method_counter_counts()
    {
        string source = string.Join('\n', "class A", "{", "    void B()", "    {", "        C();", "    }", "}");

        Assert.Equal([(3, 4)], Methods(source));
    }

    private static string Name(string file) => Path.GetRelativePath(Repository.Root, file);

    private static IEnumerable<(int FirstLine, int Lines)> Methods(string source)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(source);
        return tree.GetRoot().DescendantNodes()
            .Where(node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax)
            .Select(node => tree.GetLineSpan(node.Span))
            .Select(span => (span.StartLinePosition.Line + 1, span.EndLinePosition.Line - span.StartLinePosition.Line + 1));
    }

    [GeneratedRegex("(?<![a-z])(who" + "ever|no" + "body|can" + "[ _]not|for" + "[ _]ever)(?![a-z])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BannedWord();

    [GeneratedRegex(@"^(public |internal |file )(static |sealed |abstract |readonly |partial |unsafe |ref |record )*(class|struct|interface|enum|record|delegate) ")]
    private static partial Regex TopLevelType();
}
