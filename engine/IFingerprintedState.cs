namespace RaftEngine;

/// <summary>
/// A state machine that can name its state by a number, so that replicas whose states differ are found. Every
/// <see cref="RaftOptions.FingerprintInterval"/> entries the leader has all replicas take the fingerprint at one index, and
/// writes its own into the log; a replica that differs stops with <see cref="StateDivergedException"/>.
/// </summary>
public interface IFingerprintedState
{
    /// <summary>
    /// The fingerprint of the state as it is after the last command applied: the same for the same state, on every replica, in
    /// every process and version. Called between two commands, as <see cref="IStateMachine{TResult}.Apply"/> is, which waits for it: keep
    /// it up to date with each command rather than compute it from the whole state here.
    /// </summary>
    /// <returns>The fingerprint.</returns>
    ulong Fingerprint();
}
