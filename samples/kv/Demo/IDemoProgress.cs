namespace RaftEngine.Samples.Kv.Demo;

/// <summary>Shown what a demo is doing.</summary>
internal interface IDemoProgress
{
    /// <summary>Something has begun or happened.</summary>
    void Say(string text);

    /// <summary>So many commands are acknowledged.</summary>
    void Report(long acknowledged, long total);
}
