# shellcheck shell=bash
# What settings need beside them on AWS: ports that the tasks may connect to, rights on buckets, time to stop. It follows
# from the variables and from the addresses of the caches, so that nobody has to set it a second time.

# Prints the value of a variable: ENVIRONMENT NAME.
variable_value() { printf '%s\n' "$1" | sed -n "s/^$2=//p"; }

# Prints what deploy sets by itself, KEY=VALUE a line: ENVIRONMENT.
needed_settings() {
  needed_buckets NamedSourceBuckets "$1" SOURCE_BASE ALLOWED_SOURCES
  needed_buckets NamedCacheBuckets "$1" S3_CACHE
  needed_stop_timeout "$(variable_value "$1" SHUTDOWN_TIMEOUT)"
  needed_cache_ports "$(cache_addresses)"
}

# Prints the setting of the buckets of S3 that variables name: KEY ENVIRONMENT NAME...
needed_buckets() {
  local key=$1 environment=$2 name address buckets=''
  shift 2
  # The buckets of another store are none of AWS's.
  if [[ -z $(variable_value "$environment" S3_ENDPOINT) ]]; then
    for name in "$@"; do
      for address in $(variable_value "$environment" "$name" | tr ',' ' '); do
        [[ $address != s3://* ]] || buckets+=${buckets:+,}$address
      done
    done
  fi
  printf '%s=%s\n' "$key" "$(bucket_arns "$buckets")"
}

# Prints what rights on buckets are given on: of BUCKET or BUCKET/PREFIX, several with commas between.
bucket_arns() {
  local bucket place arns='' partition=aws
  case $AWS_REGION in
    cn-*) partition=aws-cn ;;
    us-gov-*) partition=aws-us-gov ;;
  esac
  for place in $(printf '%s' "$1" | tr ',' ' '); do
    # Rights are given on keys, which addresses percent-encode.
    [[ $place != s3://* ]] || place=$(printf '%b' "$(sed 's/\\/\\\\/g; s/%/\\x/g' <<<"${place#s3://}")")
    bucket=${place%%/*}
    # The bucket itself, so that what is not there is told from what is not allowed; and all that is in it, or below a prefix.
    arns+="${arns:+,}arn:$partition:s3:::$bucket,arn:$partition:s3:::${place%/}/*"
    # What does not end in a slash may be one object.
    [[ $place != */*[!/] ]] || arns+=",arn:$partition:s3:::$place"
  done
  printf '%s' "$arns"
}

# ECS kills a task that takes longer to stop; Fargate lets it take two minutes at most.
needed_stop_timeout() {
  local milliseconds
  milliseconds=$(duration_ms "${1:-25s}")
  [[ -n $milliseconds ]] || fail "SHUTDOWN_TIMEOUT='$1' is no duration such as 25s or 1m."
  ((milliseconds <= 115000)) || fail "SHUTDOWN_TIMEOUT=$1 is more than a task on Fargate gets: 115s at most."
  printf 'StopTimeout=%s\n' $(((milliseconds + 999) / 1000 + 5))
}

# Prints a duration as the service reads it in milliseconds; nothing for what is none.
duration_ms() {
  [[ $1 =~ ^([0-9]{1,9})(ms|s|m|h|d)$ ]] || return 0
  case ${BASH_REMATCH[2]} in
    ms) printf '%s' "$((10#${BASH_REMATCH[1]}))" ;;
    s) printf '%s' "$((10#${BASH_REMATCH[1]} * 1000))" ;;
    m) printf '%s' "$((10#${BASH_REMATCH[1]} * 60000))" ;;
    h) printf '%s' "$((10#${BASH_REMATCH[1]} * 3600000))" ;;
    d) printf '%s' "$((10#${BASH_REMATCH[1]} * 86400000))" ;;
  esac
}
