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
  step "Images"
  delete_images
  step "Logs"
  delete_logs
  step "Base"
  delete_stack "$(base_stack)"
  [[ -n $DRY_RUN ]] || note "Nothing named $PREFIX is left in $AWS_REGION but the key, which waits for seven days."
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

# A repository that holds images cannot be deleted.
delete_images() {
  local digests=() answer
  answer=$(aws ecr list-images --repository-name "$PREFIX" --query 'imageIds[].imageDigest' --output text \
    2>/dev/null) || answer=
  for digest in $answer; do
    [[ $digest != sha256:* ]] || digests+=("imageDigest=$digest")
  done
  note "${#digests[@]} images"
  ((${#digests[@]} == 0)) ||
    change aws ecr batch-delete-image --repository-name "$PREFIX" --image-ids "${digests[@]}" --query 'failures' \
      --output text
}

# Tasks that were just stopping may have made the group again after its stack was gone.
delete_logs() {
  local group
  for group in $(aws logs describe-log-groups --log-group-name-prefix "$(log_group)" \
    --query 'logGroups[].logGroupName' --output text); do
    [[ $group == "$(log_group)" ]] || continue
    change aws logs delete-log-group --log-group-name "$group"
    note "$group"
  done
}
