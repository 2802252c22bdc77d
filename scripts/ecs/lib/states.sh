# shellcheck shell=bash
# What a stack's state allows and means: the table states.txt.

# Prints a column of the table: STATE, and make, rollback, delete or meaning.
state_column() {
  local state=$1 column=$2 line
  line=$(grep "^$state  *|" "$ECS_DIR/states.txt") || fail "CloudFormation says $state, which this version does not know."
  case $column in
    make) column=2 ;;
    rollback) column=3 ;;
    delete) column=4 ;;
    meaning) column=5 ;;
  esac
  printf '%s\n' "$line" | cut -d '|' -f "$column" | sed 's/^ *//; s/ *$//'
}

# Prints one sentence about a stack in a state: STACK STATE.
explain_state() {
  local text make=deploy repair=rollback
  [[ $1 != "$(base_stack)" ]] || make=base repair=base
  text=$(state_column "$2" meaning)
  text=${text//\{make\}/"'thumbnailer-ecs $make'"}
  text=${text//\{repair\}/"'thumbnailer-ecs $repair'"}
  text=${text//\{delete\}/"'thumbnailer-ecs delete'"}
  printf '%s (%s): %s' "$1" "$2" "$text"
}
