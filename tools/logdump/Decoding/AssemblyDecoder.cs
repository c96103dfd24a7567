using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace RaftEngine.LogDump.Decoding;

/// <summary>An assembly that holds one <see cref="ILogPayloadDecoder"/>, in a load context of its own: it brings what it needs, but for the engine,
/// which is this program's.</summary>
internal sealed class AssemblyDecoder : PayloadDecoder
{
    private readonly ILogPayloadDecoder _decoder;

    private AssemblyDecoder(string path, TimeSpan timeout, ILogPayloadDecoder decoder)
        : base(path, timeout)
    {
        _decoder = decoder;
    }

    /// <summary>Loads the assembly and makes its decoder.</summary>
    /// <exception cref="DecoderFailedException">It is no assembly, or holds no decoder, or more than one.</exception>
    public static AssemblyDecoder Load(string path, TimeSpan timeout)
    {
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            Type[] found = [.. TypesOf(new DecoderLoadContext(full).LoadFromAssemblyPath(full)).Where(IsDecoder)];
            return found switch
            {
                [Type one] => new AssemblyDecoder(path, timeout, (ILogPayloadDecoder)Activator.CreateInstance(one, nonPublic: true)!),
                [] => throw new DecoderFailedException(path, $"it holds no {nameof(ILogPayloadDecoder)} with a constructor without parameters."),
                _ => throw new DecoderFailedException(path, $"it holds several decoders: {string.Join(", ", found.Select(static type => type.FullName))}."),
            };
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or FileNotFoundException or TargetInvocationException or TypeLoadException)
        {
            throw new DecoderFailedException(path, $"it cannot be loaded: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => (_decoder as IDisposable)?.Dispose();

    /// <inheritdoc/>
    protected override Task AnswerAsync(DecoderBatch batch)
    {
        int offset = 0;
        for (int i = 0; i < batch.Commands; i++)
        {
            string answer = Decode(batch.CommandAt(ref offset));
            batch.Answer(answer.Length <= MaxAnswerBytes ? answer
                : throw new DecoderFailedException(Path, $"an answer of more than {MaxAnswerBytes} characters."));
        }

        return Task.CompletedTask;
    }

    private string Decode(ReadOnlySpan<byte> command)
    {
        try
        {
            return _decoder.Decode(command) ?? string.Empty;
        }
        catch (Exception thrown)
        {
            throw new DecoderFailedException(Path, $"it has thrown {thrown.GetType().Name}: {thrown.Message}", thrown);
        }
    }

    private static bool IsDecoder(Type type) =>
        typeof(ILogPayloadDecoder).IsAssignableFrom(type)
        && !type.IsAbstract
        && type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes) is not null;

    // Types that need what is not there, a web framework perhaps, are not the decoder.
    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return [.. e.Types.OfType<Type>()];
        }
    }
}
