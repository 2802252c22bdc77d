# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs rollback [--to TAG] [--region REGION] [--name NAME] [--dry-run]

Stops a running deployment, repairs one whose own rollback failed, removes a service that could not be made at all, and
otherwise deploys the image that ran before this one: never one that did not come up. Settings stay as they are.

  --to TAG  tag or digest of the image to deploy
TEXT
}

command_run() {
  local tag='' stack state action before=''
  while (($# > 0)); do
    case $1 in
      --to)
        need_value "$@"
        tag=$2
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  find_cluster
  stack=$(service_stack)
  while :; do
    state=$(stack_state "$stack")
    action=$(state_column "$state" rollback)
    [[ $state != "$before" ]] || fail "$(explain_state "$stack" "$state")"
    case $action in
      refuse) fail "there is nothing to go back to. $(explain_state "$stack" "$state")" ;;
      back)
        [[ -n $tag ]] || { come_back && return; }
        go_back_to "$tag"
        return
        ;;
      previous)
        go_back_to "$tag"
        return
        ;;
      abandon)
        step "Removing the service that was never whole; its log stays"
        show_failures "$stack"
        delete_stack "$stack"
        note "Next: thumbnailer-ecs deploy, once what failed is repaired"
        return
        ;;
    esac
    before=$state
    note "$(explain_state "$stack" "$state")"
    case $action in
      cancel)
        step "Stopping the running deployment"
        cancel_update "$stack"
        settle_stack "$stack"
        ;;
      repair)
        step "Going on with the rollback that failed"
        repair_stack "$stack"
        ;;
      undo)
        step "Taking back what is half done"
        undo_stack "$stack"
        ;;
      settle) settle_stack "$stack" ;;
    esac
    [[ -z $DRY_RUN ]] || return 0
  done
}

come_back() {
  note "$(service_stack) is as it was before the last deployment, of image $(current_digest)"
  note "An image from before that: thumbnailer-ecs rollback --to TAG"
}

# Deploys TAG, or the newest of the images that ran before.
go_back_to() {
  local digest earlier
  earlier=$(parameter_value "$(service_stack)" EarlierImages)
  digest=${1:-${earlier%%,*}}
  [[ -n $digest ]] || fail "no earlier image is known. Name one with --to."
  digest=$(image_digest "$digest")
  prepare_stack "$(service_stack)"
  step "Going back to $digest"
  deploy_service "$digest" "$(images_before "$digest" "$earlier")"
}
