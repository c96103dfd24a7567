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
    private readonly string _path;
    private readonly TimeSpan _timeout;
    private readonly ILogPayloadDecoder _decoder;

    private AssemblyDecoder(string path, TimeSpan timeout, ILogPayloadDecoder decoder)
    {
        _path = path;
        _timeout = timeout;
        _decoder = decoder;
    }

    /// <summary>Loads the assembly and makes its decoder.</summary>
    /// <exception cref="DecoderFailedException">It is no assembly, or holds no decoder, or more than one.</exception>
    public static AssemblyDecoder Load(string path, TimeSpan timeout)
    {
        string full = Path.GetFullPath(path);
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
            throw new DecoderFailedException(path, $"it can not be loaded: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => (_decoder as IDisposable)?.Dispose();

    /// <inheritdoc/>
    protected override string Ask(ReadOnlySpan<byte> command)
    {
        byte[] copy = command.ToArray(); // it may hang, and then still be at it
        Task<string> decoding = Task.Run(() => _decoder.Decode(copy) ?? string.Empty);
        try
        {
            if (decoding.Wait(_timeout))
            {
                string answer = decoding.Result;
                return answer.Length <= MaxAnswerBytes ? answer : throw new DecoderFailedException(_path, $"an answer of more than {MaxAnswerBytes} characters.");
            }
        }
        catch (AggregateException e)
        {
            Exception thrown = e.InnerException!;
            throw new DecoderFailedException(_path, $"it has thrown {thrown.GetType().Name}: {thrown.Message}", thrown);
        }

        throw DecoderFailedException.NoAnswer(_path, copy.Length, _timeout);
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
