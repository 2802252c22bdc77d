# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs redeploy [--region REGION] [--name NAME] [--dry-run]

Replaces all tasks by new ones of the same image and settings, and waits until that is done. No request is lost.
TEXT
}

command_run() {
  local request deployment
  refuse_arguments "$@"
  connect
  find_cluster
  [[ -n $(service_field status) ]] ||
    fail "there is no service to redeploy. $(explain_state "$(service_stack)" "$(stack_state "$(service_stack)")")"
  step "Replacing the tasks of $(service)"
  request=(aws ecs update-service --cluster "$(cluster)" --service "$(service)" --force-new-deployment)
  if [[ -n $DRY_RUN ]]; then
    would "${request[@]}"
    return
  fi
  deployment=$("${request[@]}" --output text --query "service.deployments[?status=='PRIMARY'] | [0].id")
  follow_rollout "$deployment"
}
