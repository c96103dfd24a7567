using System;
using System.Threading.Tasks;
using RaftEngine.Samples.Kv;
using Xunit;

namespace RaftEngine.Tests.Samples;

public class CommandLineTests
{
    private const string Others = " --redis 127.0.0.1:1 --redis-peers 1=127.0.0.1:1 --data nowhere";

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("serve")]
    [InlineData("serve --id x --peers 1=127.0.0.1:1" + Others)]
    [InlineData("serve --id 2 --peers 1=127.0.0.1:1" + Others)]
    [InlineData("serve --id 1 --peers 1=x" + Others)]
    [InlineData("serve --id 1 --peers" + Others)]
    [InlineData("serve --id 1 --peers 1=127.0.0.1:1 --durability perhaps" + Others)]
    [InlineData("serve --id 1 --peers 1=127.0.0.1:1 --cluster mine" + Others)]
    [InlineData("serve --id 1 --peers 1=127.0.0.1:1 --tls-certificate node1.pem" + Others)]
    [InlineData("serve --id 1 --peers 1=127.0.0.1:1 --tls-key node1.key" + Others)]
    [InlineData("restore --id 1 --data nowhere")]
    [InlineData("recover --id 1 --data nowhere")]
    [InlineData("recover --id 1 --data nowhere --accept-loss nothing")]
    [InlineData("demo --format xml")]
    [InlineData("demo --input a-file-that-is-not-there")]
    [InlineData("demo more")]
    public async Task What_cannot_be_understood_ends_with_the_usage_code(string arguments)
    {
        Assert.Equal(ExitCodes.Usage, await Program.Main(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }
}
