using System.Globalization;

namespace NetGuard.Tests.TestBed;

public sealed partial class Machine
{
    // Without control groups of its own, nspawn takes the root's "payload", and the units of two machines would be in the same groups.
    private const string Script = """
        for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
          [ -e "$hierarchy/cgroup.procs" ] || continue
          mkdir -p "$hierarchy/$1"
          echo $$ > "$hierarchy/$1/cgroup.procs"
        done
        shift
        exec systemd-nspawn "$@"
        """;

    private string[] Entering =>
    [
        "--target", _leader.ToString(CultureInfo.InvariantCulture), "--mount", "--uts", "--ipc", "--net", "--pid", "--",
        "env", "-i", "--chdir=/", "HOME=/root", "LC_ALL=C", "NO_COLOR=1", "SYSTEMD_PAGER=", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ];

    private async Task MakeRoot(string image)
    {
        Directory.CreateDirectory(_folder);
        (await Programs.Run("mount", ["-t", "tmpfs", "-o", "mode=0755", "netguard-tests", _folder])).Succeeded();
        foreach (var folder in (string[])["upper", "work", "root", "docker"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }
        (await Programs.Run("mount", ["-t", "overlay", "-o", $"lowerdir={image},upperdir={_folder}/upper,workdir={_folder}/work", "netguard-tests", Root])).Succeeded();
    }

    private async Task Start()
    {
        _leader = 0;
        _container = new(Programs.Start("env", [
            // systemd 256 and later do not start on the older hierarchies; where the new one has no controllers, it still tells units apart.
            .. (string[])(_isNewer ? ["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1"] : []), "sh", "-c", Script, "sh", Name,
            $"--directory={Root}", "--register=no", "--keep-unit", "--private-network", "--boot", $"--machine={Name}", "--capability=all",
            "--system-call-filter=@keyring bpf add_key keyctl",
            // Docker's layers cannot be above a layer.
            $"--bind={_folder}/docker:/var/lib/docker",
        ]), $"systemd-nspawn {Name}");
        using var patience = new CancellationTokenSource(Programs.Patience);
        var state = "";
        while (state is not ("running" or "degraded"))
        {
            if (_container.HasExited || patience.IsCancellationRequested)
            {
                throw new TimeoutException($"{Name} did not boot: {state}\n{string.Join('\n', _container.Lines.Select(line => line.Text))}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100));
            // The first child makes the real one and ends.
            if (await Child(_container.Pid) is { } leader)
            {
                _leader = leader;
                state = (await Run("systemctl", "is-system-running")).Output.Trim();
            }
        }
        // What does not come up with the machine is not NetGuard's doing; better to know at once.
        if (state == "degraded")
        {
            var failed = await Output("systemctl", "--failed", "--no-legend", "--plain");
            if (!failed.StartsWith("netguard", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"{Name} has failed units:\n{failed}");
            }
        }
    }

    private async Task Stop()
    {
        await Run("systemctl", "poweroff");
        await _container!.WaitForExit();
        await _container.DisposeAsync();
    }

    private static async Task<int?> Child(int pid)
    {
        try
        {
            var children = await File.ReadAllTextAsync($"/proc/{pid}/task/{pid}/children");
            return int.TryParse(children.Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(), CultureInfo.InvariantCulture, out var child) ? child : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
