using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using NetGuard.Core.Ports;
using NetGuard.DBus;
using NetGuard.Processes;
using NetGuard.Sysctl;
using Serilog;

namespace NetGuard.Daemon;

/// <summary>Puts the daemon together and runs it.</summary>
public static class DaemonHost
{
    /// <summary>Runs until it is told to stop.</summary>
    public static async Task RunAsync(Preparation preparation, string configPath, Launcher launcher, SysctlGuard settings, ILogger serilog, InstanceLock only, CancellationToken cancel)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true, ApplicationName = "netguard" });
        builder.Services.AddSerilog(serilog);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new ServiceNotices(
            new SystemdNotifier(), services.GetRequiredService<TimeProvider>(), ServiceNotices.WatchdogOf(Environment.GetEnvironmentVariable)));
        builder.Services.AddSingleton(services => new GuardLog(serilog, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<TriggerQueue>();
        builder.Services.AddSingleton<ITriggerSource, HangupSignal>();
        builder.Services.AddSingleton(services => new Pause(services.GetRequiredService<TimeProvider>(), BootClock.Now, new PauseFile(InstanceLock.Folder)));
        builder.Services.AddSingleton<GuardState>();
        builder.Services.AddSingleton<Telemetry>();
        var sysctls = new ProcSys();
        builder.Services.AddSingleton(services => new ReloadTrial(
            sysctls, sysctls.Interfaces, services.GetRequiredService<TriggerQueue>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<GuardLog>()));
        builder.Services.AddSingleton<GuardControl>();
        builder.Services.AddSingleton<IGuardControl>(services => services.GetRequiredService<GuardControl>());
        builder.Services.AddSingleton<IControlBus>(services => new ControlBus(services.GetRequiredService<TimeProvider>(), services.GetRequiredService<GuardLog>().BusNews));
        builder.Services.AddSingleton(services => new KernelEvents(launcher.Own, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<GuardLog>()));
        builder.Services.AddSingleton<DockerTriggers>();
        builder.Services.AddSingleton<IStatusSection, EngineSection>();
        builder.Services.AddSingleton<IStatusSection, NetworksSection>();
        builder.Services.AddSingleton<IStatusSection, LinksSection>();
        builder.Services.AddSingleton<IStatusSection, PublishedSection>();
        builder.Services.AddSingleton<IStatusSection, ExposedSection>();
        builder.Services.AddSingleton<DockerHealing>();
        builder.Services.AddSingleton(services => new GuardRound(
            preparation, launcher, settings, only,
            services.GetRequiredService<TriggerQueue>(),
            services.GetRequiredService<KernelEvents>(),
            services.GetRequiredService<DockerTriggers>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<GuardLog>(),
            services.GetRequiredService<GuardState>(),
            services.GetRequiredService<Pause>(),
            services.GetRequiredService<Telemetry>(),
            services.GetRequiredService<DockerHealing>()));
        builder.Services.AddHostedService(services => new GuardWorker(
            services.GetRequiredService<GuardRound>(), services.GetRequiredService<GuardControl>(), services.GetRequiredService<GuardState>(), configPath, launcher,
            services.GetRequiredService<TriggerQueue>(),
            services.GetServices<ITriggerSource>(),
            services.GetRequiredService<KernelEvents>(),
            services.GetRequiredService<DockerTriggers>(),
            services.GetRequiredService<GuardLog>(),
            services.GetRequiredService<ServiceNotices>(),
            services.GetRequiredService<Telemetry>(),
            services.GetRequiredService<ReloadTrial>(),
            services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<ControlService>();
        using var host = builder.Build();
        await host.RunAsync(cancel).ConfigureAwait(false);
    }
}
