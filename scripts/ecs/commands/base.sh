# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs base [--set KEY=VALUE]... [--region REGION] [--name NAME] [--dry-run]

Makes what the secrets, the image and the log are put into: network, encryption key, image repository, log group (the
stack NAME-base). Run again, it brings them up to the template.

  --set KEY=VALUE  a parameter of templates/base.yaml, which stays set, for example --set LogRetentionDays=30
TEXT
}

command_run() {
  local template=$ECS_DIR/templates/base.yaml settings=()
  while (($# > 0)); do
    case $1 in
      --set)
        need_value "$@"
        check_setting "$2" "$template"
        settings+=("$2")
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  ensure_ecs_role
  step "Base: network, encryption key, image repository, log group"
  prepare_stack "$(base_stack)"
  deploy_stack "$(base_stack)" "$template" "Name=$PREFIX" ${settings[@]+"${settings[@]}"}
  note "Next: thumbnailer-ecs push, thumbnailer-ecs deploy"
}

# The account's own role for ECS. The first cluster would make it, but too late for a service that comes right after.
ensure_ecs_role() {
  aws iam get-role --role-name AWSServiceRoleForECS >/dev/null 2>&1 && return
  step "The role of ECS in this account"
  change aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com --query Role.RoleName --output text
}
