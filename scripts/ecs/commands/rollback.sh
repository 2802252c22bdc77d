# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs rollback [--to TAG] [--region REGION] [--name NAME] [--dry-run]

Stops a running deployment, repairs one whose own rollback failed, and otherwise deploys the image that ran before this one.
Settings stay as they are.

  --to TAG  tag or digest of the image to deploy
TEXT
}

command_run() {
  local tag='' state
  while (($# > 0)); do
    case $1 in
      --to)
        tag=${2:?--to needs a value}
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  state=$(stack_state "$(service_stack)")
  case $state in
    UPDATE_IN_PROGRESS)
      step "Stopping the running deployment"
      change aws cloudformation cancel-update-stack --stack-name "$(service_stack)"
      follow_way_back
      ;;
    UPDATE_ROLLBACK_FAILED)
      step "Going on with the way back that failed"
      change aws cloudformation continue-update-rollback --stack-name "$(service_stack)"
      follow_way_back
      ;;
    *)
      require_stack "$(service_stack)" deploy
      [[ -n $tag ]] || tag=$(previous_image)
      go_back_to "$tag"
      ;;
  esac
}

# UPDATE_ROLLBACK_COMPLETE is what is wanted here.
follow_way_back() {
  local state
  [[ -z $DRY_RUN ]] || return 0
  while state=$(stack_state "$(service_stack)") && [[ $state == *_IN_PROGRESS ]]; do sleep 5; done
  [[ $state == UPDATE_ROLLBACK_COMPLETE ]] || fail "$(service_stack) ended in $state. See 'thumbnailer-ecs status'."
  note "$(service_stack) is as it was before"
}

go_back_to() {
  local digest repository count cache
  digest=$(image_digest "$1")
  repository=$(stack_output "$(base_stack)" RepositoryUri)
  count=$(service_field desiredCount)
  cache=$(cache_in_use)
  step "Going back to $digest"
  deploy_stack "$(service_stack)" "$ECS_DIR/templates/service.yaml" \
    "ImageUri=$repository@$digest" "Cache=$cache" ${count:+"DesiredCount=$count"}
}

# CloudFormation deregisters the task definitions that it replaces; they can still be read. Prints a digest.
previous_image() {
  local current definition image
  current=$(task_image "$(service_field taskDefinition)")
  for definition in $(aws ecs list-task-definitions --family-prefix "$(task_family)" --status INACTIVE \
    --sort DESC --max-items 10 --query 'taskDefinitionArns' --output text); do
    [[ $definition == arn:* ]] || continue
    image=$(task_image "$definition")
    [[ $image == "$current" ]] || { printf '%s' "${image#*@}" && return; }
  done
  fail "no earlier image is known. Name one with --to."
}
