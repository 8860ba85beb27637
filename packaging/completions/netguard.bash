# bash completion for netguard(8). Tests hold it to the command line.

_netguard() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= word
  local -A options=(
    [daemon]='--config --debug'
    [check]='--config --json'
    [diff]='--config --json'
    [apply]='--config --json --confirm'
    [confirm]='--rollback'
    [snapshot]='--all --json'
    [clear]='--config --json'
    [status]='--json'
    [watch]='--json'
    [pause]='--json'
    [resume]='--json'
    [reload]='--json --confirm'
  )
  local commands='daemon check diff apply confirm snapshot clear status watch pause resume reload'

  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done

  COMPREPLY=()
  case $prev in
    --config)
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --confirm)
      mapfile -t COMPREPLY < <(compgen -W '30s 60s 5m' -- "$cur")
      return
      ;;
    pause)
      if [[ $cur != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '5m 10m 30m 1h' -- "$cur")
        return
      fi
      ;;
  esac

  if [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
  elif [[ -v options[$command] ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${options[$command]} --help" -- "$cur")
  fi
}

complete -F _netguard netguard
