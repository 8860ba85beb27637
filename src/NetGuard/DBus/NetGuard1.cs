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

    /// <summary>What introspection answers.</summary>
    public const string Introspection = """
        <!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
        <node>
          <interface name="org.netguard.NetGuard1">
            <method name="Reconcile">
              <arg name="report" type="a{sv}" direction="out"/>
            </method>
            <method name="Pause">
              <arg name="seconds" type="u" direction="in"/>
              <arg name="until" type="t" direction="out"/>
            </method>
            <method name="Resume">
              <arg name="was_paused" type="b" direction="out"/>
            </method>
            <method name="Reload">
              <arg name="warnings" type="as" direction="out"/>
            </method>
            <method name="TryReload">
              <arg name="seconds" type="u" direction="in"/>
              <arg name="warnings" type="as" direction="out"/>
            </method>
            <method name="Confirm"/>
            <method name="RollBack"/>
            <method name="GetDrift">
              <arg name="drifts" type="aa{sv}" direction="out"/>
            </method>
            <method name="GetStatus">
              <arg name="status" type="a{sv}" direction="out"/>
            </method>
            <property name="Version" type="s" access="read">
              <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="const"/>
            </property>
            <property name="Mode" type="s" access="read"/>
            <property name="State" type="s" access="read"/>
            <property name="LastCheck" type="t" access="read"/>
            <property name="DriftCount" type="t" access="read"/>
            <property name="RepairCount" type="t" access="read"/>
            <property name="PausedUntil" type="t" access="read"/>
            <signal name="DriftDetected">
              <arg name="drifts" type="aa{sv}"/>
              <arg name="left_out" type="u"/>
            </signal>
            <signal name="DriftRepaired">
              <arg name="drifts" type="aa{sv}"/>
              <arg name="left_out" type="u"/>
            </signal>
            <signal name="StateChanged">
              <arg name="state" type="s"/>
              <arg name="former" type="s"/>
            </signal>
          </interface>
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
}
