namespace NetGuard.DBus;

/// <summary><c>a{sv}</c>: names and values. A value is a string, bool, uint, ulong, double, a list of strings or of dictionaries.</summary>
internal sealed class BusDictionary : Dictionary<string, object>
{
    public BusDictionary()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Leaves out what is not there: D-Bus has no null.</summary>
    public void AddIfAny(string key, object? value)
    {
        if (value is not null)
        {
            Add(key, value);
        }
    }

    /// <summary>A value of a type; its default where it is missing or another.</summary>
    public T Get<T>(string key, T otherwise) => TryGetValue(key, out var value) && value is T right ? right : otherwise;

    /// <summary>A text, or null.</summary>
    public string? Text(string key) => Get<string?>(key, null);
}
