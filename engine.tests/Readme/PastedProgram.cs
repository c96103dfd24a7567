using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace RaftEngine.Tests.Readme;

/// <summary>A program pasted into a new console project: compiled as the SDK's template does, and run in this process.</summary>
internal static class PastedProgram
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Compiles and runs it to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string program)
    {
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        CSharpCompilation compilation = CSharpCompilation.Create(
            "PastedProgram",
            [CSharpSyntaxTree.ParseText(program), CSharpSyntaxTree.ParseText(ImplicitUsings)],
            trusted.Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream assembly = new();
        Assert.Empty(compilation.Emit(assembly).Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));

        MethodInfo main = Assembly.Load(assembly.ToArray()).EntryPoint!;
        StringWriter written = new();
        TextWriter before = Console.Out;
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            // The entry point blocks until the program ends.
            await Task.Factory.StartNew(
                () => main.Invoke(null, [Array.Empty<string>()]),
                default,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).WaitAsync(Patience);
        }
        finally
        {
            Console.SetOut(before);
        }

        return written.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
