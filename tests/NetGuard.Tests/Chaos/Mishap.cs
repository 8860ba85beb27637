namespace NetGuard.Tests.Chaos;

/// <summary>Something that somebody does to the host, and what is left of it once NetGuard has put its own things right.</summary>
internal abstract record Mishap
{
    /// <summary>Does it.</summary>
    /// <returns>Whether it was done, and not refused by the kernel.</returns>
    public abstract Task<bool> Play(Stage stage);

    /// <summary>What it did to that part of the world which is strangers'.</summary>
    public virtual void Leave(Strangers strangers)
    {
    }
}
