# shellcheck shell=bash
# What a stack's state allows and means: the table states.txt.

# Prints a column of the table: STATE, and make, rollback, delete or meaning.
state_column() {
  local cells column
  case $2 in
    make) column=1 ;;
    rollback) column=2 ;;
    delete) column=3 ;;
    meaning) column=4 ;;
  esac
  while IFS='|' read -r -a cells; do
    [[ ${cells[0]:-} =~ ^$1' '*$ ]] || continue
    [[ ${cells[column]} =~ ^' '*(.*[^ ])' '*$ ]] && printf '%s' "${BASH_REMATCH[1]}"
    return
  done <"$ECS_DIR/states.txt"
  fail "CloudFormation says $1, which this version does not know."
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
