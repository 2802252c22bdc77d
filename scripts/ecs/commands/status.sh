# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs status [--region REGION] [--name NAME]

Shows the stacks and what their state means, the tasks, their health as the load balancer sees it, the last events, why
tasks stopped, and the URL.
TEXT
}

command_run() {
  local base state
  refuse_arguments "$@"
  connect
  find_cluster
  step Stacks
  base=$(stack_state "$(base_stack)")
  state=$(stack_state "$(service_stack)")
  note "$(explain_state "$(base_stack)" "$base")"
  note "$(explain_state "$(service_stack)" "$state")"
  note "secrets: $(known_secrets | tr '\n' ' ')"
  show_settings "$state"
  show_trouble "$(base_stack)" "$base"
  show_trouble "$(service_stack)" "$state"
  show_service
}

# What deploy has set: parameters that are not as the template has them, and variables of the tasks.
show_settings() {
  local pair shown='' template=$ECS_DIR/templates/service.yaml
  [[ $1 != NONE ]] || return 0
  while IFS= read -r pair; do
    case ${pair%%=*} in
      Name | ImageUri | EarlierImages | Environment | VpcCidr | IpAddressType | AssignPublicIp) continue ;;
    esac
    [[ ${pair#*=} == "$(template_default "$template" "${pair%%=*}")" ]] || shown+=$'\n      '$pair
  done <<<"$(read_parameters "$(service_stack)")"
  note "settings:${shown:- as the template has them}"
  shown=$(parameter_value "$(service_stack)" Environment)
  note "variables:$([[ -n $shown ]] && printf '\n%s' "$shown" | sed '1!s/^/      /' || printf ' as the template has them')"
}

# The newest events of a stack that is being changed, and what failed in one that could not be.
show_trouble() {
  case $2 in
    NONE | CREATE_COMPLETE | UPDATE_COMPLETE | IMPORT_COMPLETE) ;;
    *_FAILED | *ROLLBACK*)
      step "What failed in $1"
      show_failures "$1" 2>&1
      ;;
    *_IN_PROGRESS)
      step "Last events of $1"
      list_events "$1" | tail -n 5
      ;;
  esac
}

show_service() {
  local fields wanted running starting rollout definition group url
  fields=$(service_field '[desiredCount,runningCount,pendingCount,deployments[0].rolloutState,taskDefinition]')
  if [[ -z $fields ]]; then
    note "There is no service."
    return
  fi
  read -r wanted running starting rollout definition <<<"$fields"
  step Service
  note "tasks: $running of $wanted run, $starting are starting"
  note "deployment: $rollout"
  note "image: $(task_image "$definition")"
  # Of a stack that is being made, not before the balancer is there.
  group=$(service_field 'loadBalancers[0].targetGroupArn')
  if [[ -n $group ]]; then
    step 'Targets of the load balancer'
    aws elbv2 describe-target-health --target-group-arn "$group" --output text \
      --query 'TargetHealthDescriptions[].[Target.Id,TargetHealth.State,TargetHealth.Description]' |
      sed -E $'s/\tNone$//; s/^/    /'
  fi
  step 'Last events'
  service_field 'events[:5].[createdAt,message]' | sed 's/^/    /' | with_advice
  step 'Tasks that stopped within the hour'
  stopped_tasks
  url=$(stack_output "$(service_stack)" Url)
  [[ -z $url ]] || {
    step URL
    note "$url"
  }
}
