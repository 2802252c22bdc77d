# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs delete [--yes] [--region REGION] [--name NAME] [--dry-run]

Deletes everything: the service, the secrets, the images, the logs, the network. The encryption key is gone for good
seven days later. A cache at MemCachier and DNS records of your own are left: delete them where you made them.

  --yes  do not ask
TEXT
}

command_run() {
  local sure=$DRY_RUN
  if [[ ${1:-} == --yes ]]; then
    sure=yes
    shift
  fi
  refuse_arguments "$@"
  connect
  [[ -n $sure ]] || ask
  step "Service"
  delete_stack "$(service_stack)"
  step "Secrets"
  delete_secrets
  step "Base, with the images and the log"
  delete_stack "$(base_stack)"
  [[ -n $DRY_RUN ]] || note "All that thumbnailer-ecs made for $PREFIX is gone from $AWS_REGION but the key, which waits for seven days."
}

ask() {
  local answer
  [[ -t 0 ]] || fail "there is no terminal to ask on. Give --yes."
  read -rp "    Delete everything named '$PREFIX' in $AWS_REGION? Type the name to go on: " answer
  [[ $answer == "$PREFIX" ]] || fail "nothing was deleted."
}

# Before the key that they are encrypted with.
delete_secrets() {
  local known name
  known=$(known_secrets)
  for name in $known; do
    change aws ssm delete-parameter --name "$PREFIX.$name"
    note "$PREFIX.$name"
  done
}
