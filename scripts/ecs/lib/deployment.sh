# shellcheck shell=bash
# Brings an image out: what deploy and rollback have in common.

# Deploys the image of DIGEST; EARLIER is what can be gone back to then, and the rest are settings, KEY=VALUE, and
# variables of the tasks, --env NAME=VALUE. What is not given stays as it is.
deploy_service() {
  local digest=$1 earlier=$2 stack settings=() variables=() needed=() environment template rules count network needs
  shift 2
  while (($# > 0)); do
    if [[ $1 == --env ]]; then variables+=("$2") && shift; else settings+=("$(expanded_setting "$1")"); fi
    shift
  done
  stack=$(service_stack)
  network=$(stack_output "$(base_stack)" VpcCidr)
  [[ -n $network ]] || fail "the base is of an earlier version: thumbnailer-ecs base."
  environment=$(previous_value "$stack" Environment)
  environment=$(merged_environment "$environment" ${variables[@]+"${variables[@]}"})
  check_size ${settings[@]+"${settings[@]}"}
  check_numbers ${settings[@]+"${settings[@]}"}
  check_cache "$environment"
  check_signatures "$environment" ${settings[@]+"${settings[@]}"}
  needs=$(needed_settings "$environment") || exit 1
  while IFS= read -r; do needed+=("$REPLY"); done <<<"$needs"
  rules=$(egress_lines "$environment" "$(cache_ports "${needed[@]}" ${settings[@]+"${settings[@]}"})") || exit 1
  umask 077
  template=$(mktemp)
  # shellcheck disable=SC2064 # its name as it is now
  trap "rm -f '$template'" EXIT
  template_with "$ECS_DIR/templates/service.yaml" "$environment" "$rules" >"$template"
  # Scaling may have left it at another number than the template has; a deployment is no reason to go back.
  count=$(service_field desiredCount)
  deploy_stack "$stack" "$template" "Name=$PREFIX" "ImageUri=$(stack_output "$(base_stack)" RepositoryUri)@$digest" \
    "EarlierImages=$earlier" "Environment=$environment" "Cache=$(cache_in_use)" \
    "VpcCidr=$network" "IpAddressType=$(stack_output "$(base_stack)" IpAddressType)" \
    "AssignPublicIp=$(stack_output "$(base_stack)" AssignPublicIp)" \
    ${count:+"DesiredCount=$count"} "${needed[@]}" ${settings[@]+"${settings[@]}"}
  remember_image "$digest"
}

# Prints a setting as the template takes it: of buckets, what the rights are given on.
expanded_setting() {
  case $1 in
    SourceBuckets=* | CacheBuckets=*) printf '%s=%s' "${1%%=*}" "$(bucket_arns "${1#*=}")" ;;
    *) printf '%s' "$1" ;;
  esac
}

# Prints what a parameter will be: KEY SETTING...
value_after() {
  local key=$1 value='' given='' setting
  shift
  for setting in "$@"; do [[ $setting != "$key="* ]] || given=yes value=${setting#*=}; done
  [[ -n $given ]] || value=$(previous_value "$(service_stack)" "$key")
  printf '%s' "${value:-$(template_default "$ECS_DIR/templates/service.yaml" "$key")}"
}

# CloudFormation would find these only when tasks run already, and then take back all that it has made.
check_numbers() {
  local least most limit
  least=$(value_after MinTasks "$@")
  most=$(value_after MaxTasks "$@")
  limit=$(value_after RequestsPerClient "$@")
  [[ $least =~ ^[0-9]+$ && $most =~ ^[0-9]+$ && $limit =~ ^[0-9]+$ ]] ||
    fail "MinTasks, MaxTasks and RequestsPerClient are whole numbers."
  ((least <= most)) || fail "MinTasks=$least is more than MaxTasks=$most. Set both."
  ((limit == 0 || limit >= 10)) || fail "RequestsPerClient=$limit is less than AWS WAF can count: 10 at least, or 0 for no limit."
}

# Fargate has sizes in pairs only; CloudFormation would say so minutes later, and after a rollback.
check_size() {
  local cpu memory most least step=1024
  cpu=$(value_after Cpu "$@")
  memory=$(value_after Memory "$@")
  case $cpu in
    256) least=512 most=2048 ;;
    512) least=1024 most=4096 ;;
    1024) least=2048 most=8192 ;;
    2048) least=4096 most=16384 ;;
    4096) least=8192 most=30720 ;;
    8192) least=16384 most=61440 step=4096 ;;
    16384) least=32768 most=122880 step=8192 ;;
    *) fail "Fargate has no Cpu=$cpu: 256, 512, 1024, 2048, 4096, 8192 or 16384." ;;
  esac
  if ! [[ $memory =~ ^[0-9]+$ ]] || ((memory < least || memory > most || (memory % step != 0 && memory != 512))); then
    fail "Fargate has no Cpu=$cpu with Memory=$memory: $least to $most in steps of $step$([[ $cpu != 256 ]] || printf ', and 512')."
  fi
}

# A cache that is chosen wants its address.
check_cache() {
  local kinds known
  kinds=$(printf '%s\n' "$1" | sed -n 's/^THUMBNAIL_CACHE=//p')
  known=$(known_secrets | tr '\n' ' ')
  note "secrets: ${known:-none}"
  [[ $kinds != *memcached* || $known == *memcachier-server* ]] ||
    fail "THUMBNAIL_CACHE names memcached: thumbnailer-ecs secrets memcachier-server."
  [[ $kinds != *redis* || $known == *redis-url* ]] || fail "THUMBNAIL_CACHE names redis: thumbnailer-ecs secrets redis-url."
  [[ -n $kinds || $known == *memcachier-server* || $known == *redis-url* ]] ||
    warn "without a shared cache (the secret memcachier-server or redis-url) each task keeps its thumbnails to itself."
}

# Where nothing is answered unsigned, no task starts without a key: ENVIRONMENT SETTING...
check_signatures() {
  local wanted
  wanted=$(variable_value "$1" SIGNATURES)
  shift
  wanted=${wanted:-$(value_after Signatures "$@")}
  [[ $wanted != required || $(known_secrets) == *signing-keys* ]] ||
    fail "requests are to be signed, and there is no key: thumbnailer-ecs secrets --new-signing-key."
}
