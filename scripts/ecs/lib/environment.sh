# shellcheck shell=bash
# Environment variables of the tasks that `deploy --env` sets: kept in the stack's parameter Environment, a NAME=VALUE on
# each line, and put into the template before it is sent.

# Fails unless a variable can be set so.
check_variable() {
  local name=${1%%=*} secret
  [[ $1 == *=* && $name =~ ^[A-Z][A-Z0-9_]*$ ]] || fail "--env wants NAME=VALUE, and got '${1%%=*}'."
  [[ ${1#*=} != *[[:cntrl:]]* ]] || fail "the value of $name has a control character in it."
  case $name in
    HOST | PORT | SECRET_SOURCE | SSM_PREFIX) fail "$name is the template's own: the balancer, or the secrets, would not be found." ;;
    DISK_CACHE_PATH) fail "tasks on Fargate have no disk that outlasts them. Keep thumbnails in S3: --env S3_CACHE=s3://..." ;;
    METRICS_PORT) fail "METRICS_PORT needs a way to it as well: --set MetricsPort=9090." ;;
    MEMCACHIER_SERVERS) fail "MEMCACHIER_SERVERS is a secret: thumbnailer-ecs secrets memcachier-server." ;;
  esac
  secret=$(printf '%s' "$name" | tr 'A-Z_' 'a-z-')
  ! is_secret "$secret" || fail "$name is a secret: thumbnailer-ecs secrets $secret."
  grep -q "^| \`$name\` " "$PROJECT_DIR/docs/configuration.md" || [[ $name =~ ^(AWS|NODE|OTEL)_ ]] ||
    warn "$name is not in docs/configuration.md."
}

# Prints what is set once more is given: the lines so far, and NAME=VALUE... An empty value takes a variable away.
merged_environment() {
  local lines=$1 pair
  shift
  for pair in "$@"; do
    lines=$(printf '%s\n' "$lines" | grep -v "^${pair%%=*}=" || true)
    [[ -z ${pair#*=} ]] || lines+=${lines:+$'\n'}$pair
  done
  ((${#lines} <= 4096)) || fail "all that --env has set has more than 4096 characters, which is the most that a stack keeps."
  printf '%s' "$lines"
}

# Prints the template with the lines of an environment in it, which take the place of the template's own, and with the
# rules of egress_lines: TEMPLATE ENVIRONMENT RULES.
template_with() {
  local names=' ' line replaced=''
  while IFS= read -r line; do names+="${line%%=*} "; done <<<"$2"
  while IFS= read -r line; do
    case $line in
      *'# Up to here.') replaced='' ;;
      *'# Here come the ports'*)
        printf '%s\n' "$3"
        replaced=yes
        ;;
    esac
    if [[ -n $replaced || $line =~ ^' '+'- { Name: '([A-Z0-9_]+)', ' && $names == *" ${BASH_REMATCH[1]} "* ]]; then continue; fi
    printf '%s\n' "$line"
    [[ $line != *'# Here come those of --env.'* || -z $2 ]] || template_lines "$2"
  done <"$1"
}

template_lines() {
  local line quote="'"
  while IFS= read -r line; do
    printf "            - { Name: %s, Value: '%s' }\n" "${line%%=*}" "${line#*=}"
  done <<<"${1//$quote/$quote$quote}"
}
