namespace NetGuard.Tests.TestBed;

/// <summary>The package under test as an earlier version of itself, to upgrade from: other version, other default configuration.</summary>
internal static class OlderPackage
{
    public const string Version = "0.0.9";

    /// <summary>Makes it inside a machine; returns its path there.</summary>
    public static async Task<string> Make(Machine machine)
    {
        var deb = await machine.Take(Repository.Deb);
        (await machine.Shell($"""
            set -e
            cd /var/tmp
            dpkg-deb --raw-extract {deb} older
            sed -i 's/^Version: .*/Version: {Version}/' older/DEBIAN/control
            echo '# As it came with {Version}.' >> older/etc/netguard/netguard.yaml
            dpkg-deb -Zgzip -z1 --build older older.deb
            rm -r older
            """)).Succeeded();
        return "/var/tmp/older.deb";
    }
}
