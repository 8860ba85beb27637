using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NetGuard.Processes;
using Serilog;

namespace NetGuard.Daemon;

/// <summary>Puts the daemon together and runs it.</summary>
public static class DaemonHost
{
    /// <summary>Runs until it is told to stop.</summary>
    public static async Task RunAsync(Preparation preparation, string configPath, Launcher launcher, SysctlGuard settings, ILogger serilog, CancellationToken cancel)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true, ApplicationName = "netguard" });
        builder.Services.AddSystemd();
        builder.Services.AddSerilog(serilog);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new GuardLog(serilog, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<TriggerQueue>();
        builder.Services.AddSingleton<ITriggerSource, HangupSignal>();
        builder.Services.AddSingleton<GuardState>();
        builder.Services.AddSingleton(services => new KernelEvents(launcher.Own, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<GuardLog>()));
        builder.Services.AddSingleton<DockerTriggers>();
        builder.Services.AddSingleton<DockerHealing>();
        builder.Services.AddSingleton(services => new GuardRound(
            preparation, launcher, settings,
            services.GetRequiredService<TriggerQueue>(),
            services.GetRequiredService<KernelEvents>(),
            services.GetRequiredService<DockerTriggers>(),
            services.GetRequiredService<DockerHealing>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<GuardLog>(),
            services.GetRequiredService<GuardState>()));
        builder.Services.AddHostedService(services => new GuardWorker(
            services.GetRequiredService<GuardRound>(), configPath, launcher,
            services.GetRequiredService<TriggerQueue>(),
            services.GetServices<ITriggerSource>(),
            services.GetRequiredService<KernelEvents>(),
            services.GetRequiredService<DockerTriggers>(),
            services.GetRequiredService<GuardLog>()));
        using var host = builder.Build();
        await host.RunAsync(cancel).ConfigureAwait(false);
    }
}
