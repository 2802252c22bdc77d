# shellcheck shell=bash
# The parameters of a stack: those that are given, and those that it has already.

PARAMETERS=()

# Fails unless a setting is KEY=VALUE with a parameter of the template: SETTING TEMPLATE.
check_setting() {
  [[ $1 == *=* ]] || fail "--set wants KEY=VALUE, and got '$1'."
  has_parameter "$2" "${1%%=*}" ||
    fail "templates/${2##*/} has no parameter ${1%%=*}."
}

# Fills PARAMETERS with KEY=VALUE, or KEY alone where the value stays as it is: STACK TEMPLATE VERB KEPT [KEY=VALUE]...
# Each key is there once: of what is given, the last one counts. KEPT are the parameters of a stack that is made again.
collect_parameters() {
  local stack=$1 template=$2 verb=$3 kept=$4 keys=' ' pair i
  shift 4
  PARAMETERS=()
  for ((i = $#; i > 0; i--)); do take_parameter "${!i}"; done
  if [[ $verb == update ]]; then
    for pair in $(parameter_keys "$stack"); do take_parameter "$pair"; done
  elif [[ -n $kept ]]; then
    while IFS= read -r pair; do take_parameter "${pair//$'\t'/$'\n'}"; done <<<"$kept"
  fi
}

# Adds one to PARAMETERS, unless the caller's `keys` has it or its `template` does not know it.
take_parameter() {
  local key=${1%%=*}
  [[ $keys != *" $key "* ]] || return 0
  has_parameter "$template" "$key" || return 0
  keys+="$key "
  PARAMETERS+=("$1")
}

# Not `grep -q`, which ends before it has read all, and so would have the pipe fail.
has_parameter() { sed '/^Resources:/,$d' "$1" | grep "^  $2:\$" >/dev/null; }

parameter_keys() {
  aws cloudformation describe-stacks --stack-name "$1" --output text --query 'Stacks[0].Parameters[].ParameterKey' |
    sed '/^None$/d'
}

# Prints the value of one parameter; nothing where the stack does not have it. An answer that fails is not nothing: what
# is set would be lost with the next deployment.
parameter_value() {
  local request answer
  request=(aws cloudformation describe-stacks --stack-name "$1" --output text
    --query "Stacks[0].Parameters[?ParameterKey=='$2'].ParameterValue | [0]")
  # The CLI may warn of something beside its answer, so that only where it fails is what it says read.
  if answer=$("${request[@]}" 2>/dev/null); then
    printf '%s\n' "$answer" | sed '/^None$/d'
  elif answer=$("${request[@]}" 2>&1 >/dev/null) || [[ $answer != *'does not exist'* ]]; then
    fail "the settings of $1 cannot be read: ${answer:-AWS did not answer for a moment}"
  fi
}

# Prints the value that a parameter had before deploy_stack: of a stack that is made again, too.
previous_value() {
  local line
  if [[ -z $KEPT ]]; then
    parameter_value "$1" "$2"
    return
  fi
  line=$(printf '%s\n' "$KEPT" | grep "^$2=" || true)
  line=${line#*=}
  printf '%s' "${line//$'\t'/$'\n'}"
}

# Prints all parameters of a stack as KEY=VALUE, each on one line, with tabs in place of a value's own line ends.
read_parameters() {
  local line pair=
  # A line without a tab goes on with the value before.
  while IFS= read -r line; do
    if [[ $line == *$'\t'* ]]; then
      [[ -z $pair ]] || printf '%s\n' "$pair"
      pair=${line/$'\t'/=}
    elif [[ -n $line ]]; then
      pair+=$'\t'$line
    fi
  done < <(aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query 'Stacks[0].Parameters[].[ParameterKey,ParameterValue]')
  [[ -z $pair ]] || printf '%s\n' "$pair"
}

# Prints the default of a template's parameter.
template_default() {
  sed "/^Resources:/,\$d; 1,/^  $2:\$/d" "$1" | sed -n "/^  [^ ]/q; s/^    Default: *//p" | sed "s/^'\(.*\)'\$/\1/"
}

# Prints PARAMETERS as the AWS CLI takes them.
parameters_json() {
  local pair comma=
  printf '['
  for pair in "${PARAMETERS[@]}"; do
    printf '%s{"ParameterKey":"%s",' "$comma" "${pair%%=*}"
    if [[ $pair == *=* ]]; then
      printf '"ParameterValue":%s}' "$(json_string "${pair#*=}")"
    else
      printf '"UsePreviousValue":true}'
    fi
    comma=,
  done
  printf ']'
}

# Prints them for a person.
show_parameters() {
  local pair
  for pair in "${PARAMETERS[@]}"; do
    if [[ $pair == *=* ]]; then
      printf '      %s = %s\n' "${pair%%=*}" "${pair#*=}"
    else
      printf '      %s as it is\n' "$pair"
    fi
  done
}
