# shellcheck shell=bash
# CloudFormation stacks: their state, making and changing them with the events shown, and deleting them.

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

# Prints one output of a stack.
stack_output() {
  local value
  value=$(aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue") || fail "cannot read the outputs of the stack $1."
  [[ -n $value && $value != None ]] || fail "the stack $1 has no output $2. Run 'thumbnailer-ecs status'."
  printf '%s' "$value"
}

# Fails unless the stack is there and whole: STACK, and the COMMAND that makes it.
require_stack() {
  local state
  state=$(stack_state "$1")
  case $state in
    NONE) fail "there is no stack $1 in $AWS_REGION. Run 'thumbnailer-ecs $2' first, or is it another region?" ;;
    ROLLBACK_* | CREATE_* | DELETE_*)
      [[ $state == CREATE_COMPLETE ]] || fail "the stack $1 is in $state. Run 'thumbnailer-ecs $2' to repair it."
      ;;
  esac
}

# Makes or changes a stack and shows its events until it is done: STACK TEMPLATE [KEY=VALUE]...
# Parameters that are not given keep their value.
deploy_stack() {
  local stack=$1 template=$2 state verb=update answer seen=0
  shift 2
  state=$(stack_state "$stack")
  case $state in
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED)
      warn "$stack is in $state: it could not be made the last time, and can only be deleted. The reasons were:"
      show_failures "$stack"
      delete_stack "$stack"
      state=NONE
      ;;
    UPDATE_ROLLBACK_FAILED) fail "$stack is in $state. Run 'thumbnailer-ecs rollback' to repair it." ;;
    DELETE_FAILED) fail "$stack is in $state. Run 'thumbnailer-ecs delete' to finish that." ;;
    *_IN_PROGRESS) fail "$stack is being changed ($state). Wait, or stop it with 'thumbnailer-ecs rollback'." ;;
  esac
  if [[ $state == NONE ]]; then verb=create; fi
  local parameters=()
  stack_parameters "$stack" "$verb" "$template" "$@"
  local request=(aws cloudformation "$verb-stack" --stack-name "$stack" --template-body "file://$template"
    --capabilities CAPABILITY_IAM --tags "Key=application,Value=$PREFIX" --parameters "${parameters[@]}")
  if [[ -n $DRY_RUN ]]; then
    would "${request[@]}"
    return
  fi
  [[ $state == NONE ]] || seen=$(list_events "$stack" | wc -l)
  if answer=$("${request[@]}" 2>&1); then
    follow_stack "$stack" "$seen"
  elif [[ $answer == *'No updates are to be performed'* ]]; then
    note "$stack is up to date"
  else
    fail "$stack cannot be changed: ${answer##*$'\n'}"
  fi
}

# Fills the caller's `parameters`: what is given, and what the stack has already and the template still knows.
stack_parameters() {
  local stack=$1 verb=$2 template=$3 key value pair given=' '
  shift 3
  for pair in "$@"; do
    key=${pair%%=*} value=${pair#*=}
    # To the CLI an unescaped comma ends the value.
    parameters+=("ParameterKey=$key,ParameterValue=${value//,/\\,}")
    given+="$key "
  done
  [[ $verb == update ]] || return 0
  for key in $(aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query 'Stacks[0].Parameters[].ParameterKey'); do
    [[ $given != *" $key "* ]] || continue
    if grep -q "^  $key:\$" "$template"; then parameters+=("ParameterKey=$key,UsePreviousValue=true"); fi
  done
}

# Shows the events after the SEEN first as they come; fails where the stack ends in a state other than complete.
follow_stack() {
  local stack=$1 seen=$2 state events
  while :; do
    state=$(stack_state "$stack")
    events=$(list_events "$stack")
    printf '%s\n' "$events" | tail -n "+$((seen + 1))"
    seen=$(printf '%s\n' "$events" | wc -l)
    [[ $state == *_IN_PROGRESS ]] || break
    sleep 5
  done
  [[ $state == CREATE_COMPLETE || $state == UPDATE_COMPLETE ]] && return
  warn "$stack is in $state. What failed:"
  show_failures "$stack"
  exit 1
}

# Oldest first, one a line.
list_events() {
  aws cloudformation describe-stack-events --stack-name "$1" --output text \
    --query 'reverse(StackEvents[].[ResourceStatus,LogicalResourceId,ResourceStatusReason])' 2>/dev/null |
    sed -E $'s/\tNone$//; s/^/    /' || true
}

show_failures() { list_events "$1" | grep _FAILED | tail -n 10 >&2 || true; }

delete_stack() {
  local stack=$1 answer state
  state=$(stack_state "$stack")
  if [[ $state == NONE ]]; then
    note "$stack is not there"
    return
  fi
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
