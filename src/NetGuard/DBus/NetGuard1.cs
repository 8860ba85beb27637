namespace NetGuard.DBus;

/// <summary>The names of the control interface. They are kept from version to version; another meaning gets another number at the end.</summary>
internal static class NetGuard1
{
    /// <summary>The name on the bus, and of the interface.</summary>
    public const string Name = "org.netguard.NetGuard1";

    /// <summary>The one object.</summary>
    public const string Path = "/org/netguard/NetGuard1";

    /// <summary>Polkit's name for changing anything.</summary>
    public const string ManageAction = Name + ".manage";

    /// <summary>Before the names of errors.</summary>
    public const string Error = Name + ".Error.";

    /// <summary>The standard interface of properties.</summary>
    public const string Properties = "org.freedesktop.DBus.Properties";

    /// <summary>The standard interface of introspection.</summary>
    public const string Introspectable = "org.freedesktop.DBus.Introspectable";

    /// <summary>The bus itself.</summary>
    public const string Driver = "org.freedesktop.DBus";

    /// <summary>Where the bus itself answers.</summary>
    public const string DriverPath = "/org/freedesktop/DBus";

    /// <summary>Before the names of standard errors.</summary>
    public const string StandardError = "org.freedesktop.DBus.Error.";

    private const string StandardInterfaces = """
          <interface name="org.freedesktop.DBus.Properties">
            <method name="Get">
              <arg name="interface_name" type="s" direction="in"/>
              <arg name="property_name" type="s" direction="in"/>
              <arg name="value" type="v" direction="out"/>
            </method>
            <method name="GetAll">
              <arg name="interface_name" type="s" direction="in"/>
              <arg name="properties" type="a{sv}" direction="out"/>
            </method>
            <method name="Set">
              <arg name="interface_name" type="s" direction="in"/>
              <arg name="property_name" type="s" direction="in"/>
              <arg name="value" type="v" direction="in"/>
            </method>
            <signal name="PropertiesChanged">
              <arg name="interface_name" type="s"/>
              <arg name="changed_properties" type="a{sv}"/>
              <arg name="invalidated_properties" type="as"/>
            </signal>
          </interface>
          <interface name="org.freedesktop.DBus.Introspectable">
            <method name="Introspect">
              <arg name="xml_data" type="s" direction="out"/>
            </method>
          </interface>
          <interface name="org.freedesktop.DBus.Peer">
            <method name="Ping"/>
            <method name="GetMachineId">
              <arg name="machine_uuid" type="s" direction="out"/>
            </method>
          </interface>
        </node>

        """;

    /// <summary>What introspection answers: the file that is shipped for programmers, with its comments, and the standard interfaces.</summary>
    public static string Introspect()
    {
        using var shipped = new StreamReader(typeof(NetGuard1).Assembly.GetManifestResourceStream(Name + ".xml")!);
        return shipped.ReadToEnd().Replace("</node>\n", StandardInterfaces, StringComparison.Ordinal);
    }
}
