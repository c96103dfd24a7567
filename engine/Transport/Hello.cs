using System;

namespace RaftEngine.Transport;

/// <summary>The first words on a connection, from each end: who speaks, and to whom it believes to speak.</summary>
/// <param name="Version">The speaker's version of the protocol.</param>
/// <param name="Outcome">The listener's answer; <see cref="HelloOutcome.Dialing"/> from the dialer, who speaks first.</param>
/// <param name="Identity">The speaker.</param>
/// <param name="AddressedId">The node that the speaker believes to be at the other end.</param>
/// <param name="Lane">What the connection carries.</param>
internal readonly record struct Hello(ushort Version, HelloOutcome Outcome, RaftIdentity Identity, ulong AddressedId, Lane Lane = Lane.Ordinary);
