using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrderBook = RaftEngine.Hosting.Tests.Tally;

namespace RaftEngine.Hosting.Tests;

/// <summary>The program of the package's README, compiled.</summary>
internal static class ReadmeProgram
{
    public static async Task RunAsync(string[] args)
    {
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddRaft("orders", builder.Configuration.GetSection("Raft"))
    .UseStateMachine<OrderBook, long>()
    .UseTcp();
WebApplication app = builder.Build();
app.MapPost("/orders", async (Order order, IRaftNode<long> raft, CancellationToken stop) =>
    (await raft.ProposeAsync(order.ToCommand(), stop)).Result);
app.MapHealthChecks("/ready");
app.MapRaft("orders");
await app.RunAsync();
    }

    internal sealed record Order(long Amount)
    {
        public byte[] ToCommand() => System.BitConverter.GetBytes(Amount);
    }
}
