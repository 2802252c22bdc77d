# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs status [--region REGION] [--name NAME]

Shows the stacks, the tasks, their health as the load balancer sees it, the last events, and the URL.
TEXT
}

command_run() {
  local base state
  refuse_arguments "$@"
  connect
  step Stacks
  base=$(stack_state "$(base_stack)")
  state=$(stack_state "$(service_stack)")
  note "$(base_stack): $base"
  note "$(service_stack): $state"
  if [[ $base == NONE ]]; then
    note "Nothing is there. Begin with: thumbnailer-ecs base"
    return
  fi
  note "secrets: $(known_secrets | tr '\n' ' ')"
  show_service
}

show_service() {
  local fields wanted running starting rollout definition group url
  fields=$(service_field '[desiredCount,runningCount,pendingCount,deployments[0].rolloutState,taskDefinition]')
  if [[ -z $fields ]]; then
    note "There is no service yet."
    return
  fi
  read -r wanted running starting rollout definition <<<"$fields"
  step Service
  note "tasks: $running of $wanted run, $starting are starting"
  note "deployment: $rollout"
  note "image: $(task_image "$definition")"
  step 'Targets of the load balancer'
  group=$(stack_output "$(service_stack)" TargetGroupArn)
  aws elbv2 describe-target-health --target-group-arn "$group" --output text \
    --query 'TargetHealthDescriptions[].[Target.Id,TargetHealth.State,TargetHealth.Description]' |
    sed -E $'s/\tNone$//; s/^/    /'
  step 'Last events'
  service_field 'events[:5].[createdAt,message]' | sed 's/^/    /'
  step URL
  url=$(stack_output "$(service_stack)" Url)
  note "$url"
}
