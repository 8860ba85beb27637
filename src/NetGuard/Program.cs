using NetGuard.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
