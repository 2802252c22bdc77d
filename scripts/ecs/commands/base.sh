# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs base [--region REGION] [--name NAME] [--dry-run]

Makes what the secrets and the image are put into: network, encryption key, image repository (the stack NAME-base).
Run again, it brings them up to the template.
TEXT
}

command_run() {
  refuse_arguments "$@"
  connect
  ensure_ecs_role
  step "Base: network, encryption key, image repository"
  deploy_stack "$(base_stack)" "$ECS_DIR/templates/base.yaml" "Name=$PREFIX"
  note "Next: thumbnailer-ecs secrets, thumbnailer-ecs push, thumbnailer-ecs deploy"
}

# The account's own role for ECS. The first cluster would make it, but too late for a service that comes right after.
ensure_ecs_role() {
  aws iam get-role --role-name AWSServiceRoleForECS >/dev/null 2>&1 && return
  step "The role of ECS in this account"
  change aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com --query Role.RoleName --output text
}
