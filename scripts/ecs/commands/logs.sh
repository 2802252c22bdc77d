# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs logs [--since TIME] [--errors] [--follow] [--region REGION] [--name NAME] [--dry-run]

Shows the log of all tasks.

  --since TIME  from when on, as 10m, 2h, 1d or a date (30m)
  --errors      warnings and errors alone
  --follow      go on with what comes, until Ctrl-C
TEXT
}

command_run() {
  local since=30m options=()
  while (($# > 0)); do
    case $1 in
      --since)
        since=${2:?--since needs a value}
        shift
        ;;
      # The levels of the log are numbers; 40 is a warning. What is not JSON was written by Node itself, at its end.
      --errors) options+=(--filter-pattern '{ $.level >= 40 }') ;;
      --follow) options+=(--follow) ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  [[ $(aws --version 2>&1) != aws-cli/1.* ]] || [[ -n $DRY_RUN ]] ||
    fail "'aws logs tail' needs version 2 of the AWS CLI, and this is version 1."
  require_stack "$(service_stack)" deploy
  # Changes nothing; --dry-run shows it all the same.
  change aws logs tail "$(log_group)" --since "$since" --format short ${options[@]+"${options[@]}"}
}
