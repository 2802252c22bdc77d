# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs logs [--since TIME] [--errors] [--follow] [--region REGION] [--name NAME] [--dry-run]

Shows the log of all tasks, those of a deployment that failed too: the log stays until everything is deleted.

  --since TIME  from when on, as 10m, 2h, 1d or a date (30m)
  --errors      only what is not routine: warnings, errors, starts that failed, and what Node itself wrote at its end
  --follow      go on with what comes, until Ctrl-C
TEXT
}

command_run() {
  local since=30m options=() known
  while (($# > 0)); do
    case $1 in
      --since)
        need_value "$@"
        since=$2
        shift
        ;;
      --errors) options+=(--filter-pattern "$NOT_ROUTINE") ;;
      --follow) options+=(--follow) ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  [[ $(aws --version 2>&1) != aws-cli/1.* ]] || [[ -n $DRY_RUN ]] ||
    fail "'aws logs tail' needs version 2 of the AWS CLI, and this is version 1."
  known=$(aws logs describe-log-groups --log-group-name-prefix "$(log_group)" --query 'logGroups[].logGroupName' \
    --output text) || fail "the names of the log groups cannot be read."
  [[ " ${known//$'\t'/ } " == *" $(log_group) "* ]] ||
    fail "there is no log $(log_group) in $AWS_REGION. 'thumbnailer-ecs status' shows what there is."
  # Changes nothing; --dry-run shows it all the same.
  change aws logs tail "$(log_group)" --since "$since" --format short ${options[@]+"${options[@]}"}
}
