# fish completion for netguard(8). Tests hold it to the command line.

complete -c netguard -f
complete -c netguard -s h -l help -d 'Show help'
complete -c netguard -n __fish_use_subcommand -l version -d 'Print the version'

complete -c netguard -n __fish_use_subcommand -a daemon -d 'Guard until stopped: the service'
complete -c netguard -n __fish_use_subcommand -a check -d 'Validate the configuration'
complete -c netguard -n __fish_use_subcommand -a diff -d 'Show drift and the plan to repair it'
complete -c netguard -n __fish_use_subcommand -a apply -d 'Repair drift once'
complete -c netguard -n __fish_use_subcommand -a confirm -d 'Keep what apply --confirm has put on trial'
complete -c netguard -n __fish_use_subcommand -a snapshot -d 'Print the state that is there as a configuration'
complete -c netguard -n __fish_use_subcommand -a clear -d 'Remove every rule that NetGuard owns'
complete -c netguard -n __fish_use_subcommand -a status -d 'Show how things stand'
complete -c netguard -n __fish_use_subcommand -a watch -d 'Show what happens as it happens'
complete -c netguard -n __fish_use_subcommand -a pause -d 'Have the daemon repair nothing for a while'
complete -c netguard -n __fish_use_subcommand -a resume -d 'End a pause'
complete -c netguard -n __fish_use_subcommand -a reload -d 'Have the daemon read its configuration again'

complete -c netguard -n '__fish_seen_subcommand_from daemon check diff apply clear' -l config -r -F -d 'The configuration'
complete -c netguard -n '__fish_seen_subcommand_from check diff apply snapshot clear status watch pause resume reload' -l json -d 'Print JSON'
complete -c netguard -n '__fish_seen_subcommand_from daemon' -l debug -d 'Log more, stack traces among it'
complete -c netguard -n '__fish_seen_subcommand_from apply reload' -l confirm -x -a '30s 60s 5m' -d 'Take it back after this time, unless it is confirmed'
complete -c netguard -n '__fish_seen_subcommand_from confirm' -l rollback -d 'Take the changes back at once instead'
complete -c netguard -n '__fish_seen_subcommand_from snapshot' -l all -d 'All chains of all tables'
complete -c netguard -n '__fish_seen_subcommand_from pause' -a '5m 10m 30m 1h'
