using System.Reflection;
using System.Runtime.Loader;

namespace RaftEngine.LogDump.Decoding;

/// <summary>Loads a decoder's assembly, and what it brings along; the engine is the one that this program has, so that both mean the same interface.</summary>
internal sealed class DecoderLoadContext(string path) : AssemblyLoadContext(path)
{
    private readonly AssemblyDependencyResolver _resolver = new(path);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string? found = assemblyName.Name == typeof(ILogPayloadDecoder).Assembly.GetName().Name ? null : _resolver.ResolveAssemblyToPath(assemblyName);
        return found is null ? null : LoadFromAssemblyPath(found);
    }
}
