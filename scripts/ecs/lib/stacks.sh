# shellcheck shell=bash
# CloudFormation stacks: their state, making and changing them with the events shown, and deleting them.

# What prepare_stack found for deploy_stack: create or update, nothing where --dry-run cannot know; and the parameters of
# a stack that is made again.
VERB=
KEPT=

base_stack() { printf '%s-base' "$PREFIX"; }
service_stack() { printf '%s-service' "$PREFIX"; }

# Prints the state, or NONE where there is no such stack.
stack_state() {
  local answer
  if answer=$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' \
    --output text 2>&1); then
    printf '%s' "$answer"
  elif [[ $answer == *'does not exist'* ]]; then
    printf NONE
  else
    fail "cannot look at the stack $1: ${answer##*$'\n'}"
  fi
}

# Prints one output of a stack; nothing where there is none yet.
stack_output() {
  aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" 2>/dev/null | sed '/^None$/d' || true
}

# Fails unless the base is there to build upon; while it is changed, too, it has all its outputs.
require_base() {
  local state
  state=$(stack_state "$(base_stack)")
  case $state in
    NONE) fail "there is no stack $(base_stack) in $AWS_REGION. Run 'thumbnailer-ecs base' first, or is it another region?" ;;
    REVIEW_* | CREATE_IN_PROGRESS | CREATE_FAILED | ROLLBACK_* | DELETE_*) fail "$(explain_state "$(base_stack)" "$state")" ;;
  esac
}

# Brings a stack to where deploy_stack can make or change it, whatever state it is in.
prepare_stack() {
  local stack=$1 state before=''
  KEPT=
  while :; do
    state=$(stack_state "$stack")
    VERB=$(state_column "$state" make)
    case $VERB in
      create | update) return ;;
      refuse) fail "$(explain_state "$stack" "$state")" ;;
    esac
    [[ $state != "$before" ]] || fail "$(explain_state "$stack" "$state")"
    before=$state
    note "$(explain_state "$stack" "$state")"
    case $VERB in
      settle) settle_stack "$stack" ;;
      repair) repair_stack "$stack" ;;
      undo) undo_stack "$stack" ;;
      replace)
        warn "What failed was:"
        show_failures "$stack"
        KEPT=$(read_parameters "$stack")
        delete_stack "$stack"
        VERB=create
        return
        ;;
    esac
    if [[ -n $DRY_RUN ]]; then
      VERB=
      return
    fi
  done
}

# Makes or changes a stack that is prepared, and shows its events until it is done: STACK TEMPLATE [KEY=VALUE]...
# Parameters that are not given keep their value, those of a stack that could not be made as well.
deploy_stack() {
  local stack=$1 template=$2 seen=0 answer
  shift 2
  [[ -n $VERB ]] || return 0
  collect_parameters "$stack" "$template" "$VERB" "$KEPT" "$@"
  local request=(aws cloudformation "$VERB-stack" --stack-name "$stack" --template-body "file://$template"
    --capabilities CAPABILITY_IAM --tags "Key=application,Value=$PREFIX")
  if [[ -n $DRY_RUN ]]; then
    would "${request[@]}" --parameters ...
    show_parameters
    return
  fi
  [[ $VERB == create ]] || seen=$(list_events "$stack" | wc -l)
  if answer=$("${request[@]}" --parameters "$(parameters_json)" 2>&1); then
    follow_stack "$stack" "$seen"
  elif [[ $answer == *'No updates are to be performed'* ]]; then
    note "$stack is up to date"
  else
    fail "$stack cannot be changed: ${answer##*$'\n'}"
  fi
}

# Waits until nothing changes the stack any more, and shows the events as they come.
settle_stack() {
  if [[ -n $DRY_RUN ]]; then
    note "would wait for that"
    return
  fi
  note "waiting for that. Ctrl-C ends the waiting alone"
  show_events_until_settled "$1" "$(list_events "$1" | wc -l)"
}

# Stops a change, unless it has just ended.
cancel_update() {
  local answer
  if [[ -n $DRY_RUN ]]; then
    would aws cloudformation cancel-update-stack --stack-name "$1"
  elif ! answer=$(aws cloudformation cancel-update-stack --stack-name "$1" 2>&1); then
    [[ $(stack_state "$1") != UPDATE_IN_PROGRESS ]] || fail "the change of $1 cannot be stopped: ${answer##*$'\n'}"
    note "the change has just ended"
  fi
}

# Goes on with a way back that failed. It may fail again, for the same reason.
repair_stack() {
  change aws cloudformation continue-update-rollback --stack-name "$1"
  [[ -z $DRY_RUN ]] || return 0
  show_events_until_settled "$1" "$(list_events "$1" | wc -l)"
  [[ $(stack_state "$1") == UPDATE_ROLLBACK_FAILED ]] || return 0
  warn "$1 could not go back again. What failed:"
  show_failures "$1"
  fail "remove the cause, and run this again. Or leave the resources that failed as they are:
    aws cloudformation continue-update-rollback --stack-name $1 --resources-to-skip NAME..."
}

# Takes back what a failure left half done.
undo_stack() {
  change aws cloudformation rollback-stack --stack-name "$1"
  [[ -n $DRY_RUN ]] || show_events_until_settled "$1" "$(list_events "$1" | wc -l)"
}

# Shows the events after the SEEN first as they come; fails where the stack ends in a state other than complete.
follow_stack() {
  local stack=$1 state
  show_events_until_settled "$stack" "$2"
  state=$(stack_state "$stack")
  [[ $state != CREATE_COMPLETE && $state != UPDATE_COMPLETE ]] || return 0
  warn "$(explain_state "$stack" "$state") What failed:"
  show_failures "$stack"
  [[ $stack != "$(service_stack)" ]] || show_last_words
  exit 1
}

show_events_until_settled() {
  local stack=$1 seen=$2 state events
  while :; do
    state=$(stack_state "$stack")
    events=$(list_events "$stack")
    printf '%s\n' "$events" | tail -n "+$((seen + 1))"
    seen=$(printf '%s\n' "$events" | wc -l)
    [[ $state == *_IN_PROGRESS && $state != REVIEW_* ]] || return 0
    sleep 5
  done
}

# Oldest first, one a line.
list_events() {
  aws cloudformation describe-stack-events --stack-name "$1" --output text \
    --query 'reverse(StackEvents[].[ResourceStatus,LogicalResourceId,ResourceStatusReason])' 2>/dev/null |
    sed -E $'s/\tNone$//; s/^/    /' || true
}

show_failures() { list_events "$1" | grep _FAILED | tail -n 10 >&2 || true; }

# Deletes a stack in whatever state it is.
delete_stack() {
  local stack=$1 state before='' answer
  while :; do
    state=$(stack_state "$stack")
    case $(state_column "$state" delete) in
      gone)
        note "$stack is not there"
        return
        ;;
      delete) break ;;
    esac
    [[ $state != "$before" ]] || fail "$(explain_state "$stack" "$state")"
    before=$state
    note "$(explain_state "$stack" "$state")"
    [[ $(state_column "$state" delete) != cancel ]] || cancel_update "$stack"
    settle_stack "$stack"
    [[ -z $DRY_RUN ]] || return 0
  done
  if [[ -n $DRY_RUN ]]; then
    would aws cloudformation delete-stack --stack-name "$stack"
    return
  fi
  note "deleting $stack; this takes some minutes"
  if answer=$(aws cloudformation delete-stack --stack-name "$stack" 2>&1) &&
    answer=$(aws cloudformation wait stack-delete-complete --stack-name "$stack" 2>&1); then
    note "$stack is gone"
    return
  fi
  show_failures "$stack"
  fail "$stack could not be deleted: ${answer##*$'\n'} Remove what stands in the way, and run this again."
}
