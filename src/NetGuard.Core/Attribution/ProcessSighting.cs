namespace NetGuard.Core.Attribution;

/// <summary>What /proc told of a process, as it was read: there was no time to look at it.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="CommandLine">/proc/PID/cmdline, its beginning; empty where it had ended.</param>
/// <param name="Stat">/proc/PID/stat.</param>
/// <param name="Cgroup">/proc/PID/cgroup; empty where it was not asked for.</param>
public sealed record ProcessSighting(int Pid, byte[] CommandLine, byte[] Stat, byte[] Cgroup);
