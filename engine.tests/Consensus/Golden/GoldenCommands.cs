using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using RaftEngine.Consensus;
using RaftEngine.Protocol;

namespace RaftEngine.Tests.Consensus.Golden;

/// <summary>The commands of golden scripts.</summary>
/// <remarks>
/// <code>
/// nodes 3 [spare 2] [incarnations]   nodes 1 to 3 vote; 4 and 5 are there, but no members; with incarnations, each has one
/// log 1 1 1 2                        node 1 comes up with a log of these terms (before anything else happens to it)
/// term 1 4                           node 1 comes up in this term
/// campaign 1                         time passes until node 1 stands for election
/// tick 10                            so many milliseconds pass, and everyone takes note
/// deliver [1->2]                     what is on its way (there) arrives
/// settle                             and so does everything that follows from it
/// run 50                             time passes in steps of 5, and everything arrives that is sent
/// quietly settle, quietly tick 10 …  the same, without showing the messages
/// drop [1->2], repeat 1->2           what is on its way (there) is lost, or arrives twice
/// isolate 3, heal                    nothing passes from and to node 3; everything does
/// propose 1 x [y]                    commands to node 1; their words count only by how many they are
/// change 1 +4 -1 ~5 ?6               node 1 is asked for 4 to vote, 1 to go, 5 to learn, and 6 to learn and then to vote
/// transfer 1 2                       node 1 is asked to hand over to 2
/// read 1 index|lease|follower|stale  a read on node 1; stale: of 50 ms at the most
/// answers 2                          what the leader has answered to node 2's reads
/// disk 1 stalls|works                entries stay in memory; everything written is synced
/// compact 1 5                        node 1's log begins behind index 5
/// crash 1, restart 1, wipe 1         node 1 stops; comes up with what was on its disk; with nothing
/// state 1, progress 1                node 1 as it is; its view of its peers
/// </code>
/// Times are in milliseconds; the election timeout is 100, the heartbeat interval 10.
/// </remarks>
internal sealed class GoldenCommands
{
    private readonly GoldenCluster _cluster = new();
    private readonly Dictionary<ulong, long[]> _terms = [];
    private readonly Dictionary<ulong, long> _savedTerms = [];
    private string[]? _nodes;
    private long _value;
    private bool _isUp;

    /// <summary>Runs one command.</summary>
    /// <param name="words">The command.</param>
    /// <returns>Its output.</returns>
    public IEnumerable<string> Run(string[] words)
    {
        switch (words[0])
        {
            case "nodes":
                _nodes = words;
                return [];
            case "log":
                _terms[Id(words[1])] = [.. words[2..].Select(Number)];
                return [];
            case "term":
                _savedTerms[Id(words[1])] = Number(words[2]);
                return [];
            case "quietly":
                return [.. Run(words[1..]).Where(static line => line[0] == ' ')];
            default:
                ComeUp();
                Execute(words);
                return _cluster.TakeOutput();
        }
    }

    private static ulong Id(string word) => ulong.Parse(word, CultureInfo.InvariantCulture);

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private static Func<Message, bool> Link(string[] words)
    {
        if (words.Length == 1)
        {
            return static _ => true;
        }

        string[] ends = words[1].Split("->");
        (ulong from, ulong to) = (Id(ends[0]), Id(ends[1]));
        return message => message.From == from && message.To == to;
    }

    // Once the last of what they come up with is said.
    private void ComeUp()
    {
        if (_isUp)
        {
            return;
        }

        _isUp = true;
        string[] words = _nodes ?? throw new ArgumentException("there are no nodes yet");
        int voters = int.Parse(words[1], CultureInfo.InvariantCulture);
        int spares = words.Length > 3 && words[2] == "spare" ? int.Parse(words[3], CultureInfo.InvariantCulture) : 0;
        for (ulong id = 1; id <= (ulong)(voters + spares); id++)
        {
            CoreOptions options = CoreNode.OptionsOf(id) with { Incarnation = words.Contains("incarnations") ? id + 100 : 0 };
            _cluster.Add(new CoreNode(options, CoreNode.Voters(voters), MemoryLog.OfTerms(_terms.GetValueOrDefault(id, [])), new HardState(_savedTerms.GetValueOrDefault(id), 0)));
        }

        _ = _cluster.TakeOutput();
    }

    private void Execute(string[] words)
    {
        switch (words[0])
        {
            case "campaign":
                _cluster.Campaign(Id(words[1]));
                break;
            case "tick":
                _cluster.Elapse(TimeSpan.FromMilliseconds(Number(words[1])));
                break;
            case "deliver":
                _cluster.Deliver(Link(words));
                break;
            case "settle":
                _cluster.Settle();
                break;
            case "run":
                for (long step = 0; step < Number(words[1]); step += 5)
                {
                    _cluster.Elapse(TimeSpan.FromMilliseconds(5));
                    _cluster.Settle();
                }

                break;
            case "drop":
                _cluster.Drop(Link(words));
                break;
            case "repeat":
                _cluster.Repeat(Link(words));
                break;
            case "isolate":
                _cluster.Isolate(Id(words[1]));
                break;
            case "heal":
                _cluster.Heal();
                break;
            case "crash":
                _cluster.Stop(Id(words[1]));
                break;
            case "restart":
                _cluster.Restart(Id(words[1]));
                break;
            case "wipe":
                _cluster.Wipe(Id(words[1]), Id(words[1]) + 200);
                break;
            default:
                ExecuteAt(_cluster[Id(words[1])], words);
                break;
        }
    }

    private void ExecuteAt(CoreNode node, string[] words)
    {
        switch (words[0])
        {
            case "propose":
                if (words[2..].Count(_ => node.Propose(++_value)) < words.Length - 2)
                {
                    _cluster.Say("refused");
                }

                break;
            case "change":
                _cluster.Say($"{node.Change(Changed(node.Configuration, words[2..]))}");
                break;
            case "transfer":
                _cluster.Say($"{node.Core.TransferLeadership(Id(words[2]))}");
                break;
            case "read":
                Read(node, words[2]);
                break;
            case "answers":
                _cluster.Say($"up to read {node.Core.AnsweredReadNumber - _cluster.FirstNumberOf(node.Id)}, at {node.Core.AnsweredReadIndex}");
                return;
            case "disk":
                node.SyncsAtOnce = words[2] == "works" || (words[2] == "stalls" ? false : throw new FormatException(words[2]));
                break;
            case "compact":
                node.Log.CompactTo(Number(words[2]));
                break;
            case "state":
                _cluster.Say($"{node.Id} has terms {string.Join(' ', node.Log.Entries.Select(static item => item.Term))}, vote {node.Core.HardState.Vote}");
                return;
            case "progress":
                Progress(node);
                return;
            default:
                throw new FormatException($"there is no {words[0]}");
        }

        _cluster.EndBatch(node);
    }

    private void Read(CoreNode node, string how)
    {
        switch (how)
        {
            case "index":
                _cluster.Say(node.Core.TryRequestRead(out ulong round, out long readIndex) ? $"in round {round} at {readIndex}" : "not the leader");
                break;
            case "lease":
                _cluster.Say(node.Core.TryLeaseRead(_cluster.Now, out readIndex) ? $"at {readIndex}" : "no lease");
                break;
            case "follower":
                _cluster.Say(node.Core.TryForwardRead(out ulong number) ? $"as read {number - _cluster.FirstNumberOf(node.Id)}" : "no leader to ask");
                break;
            case "stale":
                _cluster.Say(node.Core.TryStaleRead(TimeSpan.FromMilliseconds(50), _cluster.Now, out readIndex) ? $"at {readIndex}" : "too stale");
                break;
            default:
                throw new FormatException(how);
        }
    }

    private void Progress(CoreNode node)
    {
        foreach (Progress peer in node.Core.Peers)
        {
            if (peer.NodeId != node.Id)
            {
                string window = peer.Inflights.Count == 0 ? "" : $", {peer.Inflights.Count} on their way";
                string catchUp = node.Configuration.Find(peer.NodeId).IsPromotable ? $", {peer.CatchUp.Rounds} rounds" : "";
                _cluster.Say($"{peer.NodeId} {peer.State} match {peer.Match} next {peer.Next}{(peer.IsPaused ? " paused" : "")}{window}{catchUp}"
                    + (peer.IsSuperseded ? ", superseded" : ""));
            }
        }

        if (node.Core.ConfirmedReadRound != 0)
        {
            _cluster.Say($"reads confirmed up to round {node.Core.ConfirmedReadRound}");
        }
    }

    private static Configuration Changed(Configuration configuration, string[] steps)
    {
        Dictionary<ulong, Member> members = configuration.Members
            .Select(static member => member with { Roles = member.Roles & ~MemberRoles.OutgoingVoter }).ToDictionary(static member => member.NodeId);
        foreach (string step in steps)
        {
            ulong id = Id(step[1..]);
            members[id] = new Member(id, step[0] switch
            {
                '+' => MemberRoles.Voter,
                '-' => MemberRoles.None,
                '~' => MemberRoles.Learner,
                '?' => MemberRoles.Learner | MemberRoles.Promotable,
                _ => throw new FormatException(step),
            });
        }

        return new Configuration([.. members.Values.Where(static member => member.Roles != MemberRoles.None)]);
    }
}
