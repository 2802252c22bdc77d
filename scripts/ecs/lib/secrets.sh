# shellcheck shell=bash
# The secrets in Parameter Store: their names, and which of them are there.

# Those that the service knows (src/ports/secret-source.ts).
readonly SECRET_NAMES=(memcachier-server memcachier-username memcachier-password redis-url signing-keys source-headers)

is_secret() { [[ " ${SECRET_NAMES[*]} " == *" $1 "* ]]; }

# Prints NAME of each secret that is in Parameter Store, without its value.
known_secrets() {
  aws ssm get-parameters --output text --query 'Parameters[].Name' --names "${SECRET_NAMES[@]/#/$PREFIX.}" |
    tr '\t' '\n' | sed "s/^$PREFIX\.//; /^None\$/d"
}

# Prints what the template's Cache is to be: the caches that the secrets name, or memory.
cache_in_use() {
  local known caches=''
  known=$(known_secrets) || fail "the names of the secrets cannot be read."
  [[ $known != *memcachier-server* ]] || caches=memcached
  [[ $known != *redis-url* ]] || caches+="${caches:+ }redis"
  printf '%s' "${caches:-memory}"
}
