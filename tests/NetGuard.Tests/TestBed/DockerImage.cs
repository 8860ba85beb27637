namespace NetGuard.Tests.TestBed;

/// <summary>The one image that the tests' containers run: busybox, serving its host's name on the ports that it is given.</summary>
internal static class DockerImage
{
    public const string Name = "netguard-tests:1";

    // Ends at once when it is asked to: a first process without a handler would be waited for.
    private const string Serve = """
        #!/bin/sh
        trap 'exit 0' TERM
        hostname > /www/index.html
        for port in "$@"; do httpd -p "$port" -h /www; done
        sleep 1000000 &
        wait
        """;

    /// <summary>Writes the image's files as a tar archive that <c>docker import</c> takes.</summary>
    public static async Task<string> WriteTo(string folder)
    {
        var root = Path.Combine(folder, "image");
        foreach (var name in new[] { "bin", "www", "etc", "tmp" })
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        File.Copy(Busybox(), Path.Combine(root, "bin/busybox"));
        foreach (var tool in new[] { "sh", "httpd", "wget", "nc", "hostname", "sleep", "ip", "cat" })
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", tool), "busybox");
        }

        await File.WriteAllTextAsync(Path.Combine(root, "bin/serve"), Serve);
        // Without it a static program looks names up by libraries that are not there.
        await File.WriteAllTextAsync(Path.Combine(root, "etc/nsswitch.conf"), "hosts: files\n");
        File.SetUnixFileMode(Path.Combine(root, "bin/serve"), (UnixFileMode)Convert.ToInt32("755", 8));
        var archive = Path.Combine(folder, "image.tar");
        (await Programs.Run("tar", ["-C", root, "-cf", archive, "."])).Succeeded();
        return archive;
    }

    private static string Busybox() =>
        new[] { "/bin/busybox", "/usr/bin/busybox" }.FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("busybox is not installed: apt-get install busybox-static");
}
