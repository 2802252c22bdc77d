# shellcheck shell=bash
# The ports that tasks may connect to: those of images, and of all servers that a variable or a secret names.

# Variables that hold the URL of a server.
readonly SERVER_VARIABLES='SOURCE_BASE S3_ENDPOINT OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_TRACES_ENDPOINT AWS_ENDPOINT_URL[A-Z0-9_]*'

# Prints NAME and address of each cache, which has a password in it: nothing but its ports may be shown. A first line tells
# that there are none from that they cannot be read.
cache_addresses() {
  local answer
  if answer=$(aws ssm get-parameters --with-decryption --output text --query 'Parameters[].[Name,Value]' \
    --names "$PREFIX.memcachier-server" "$PREFIX.redis-url" 2>&1); then
    printf 'read\n%s\n' "$answer"
  else
    warn "the ports of the caches stay as they are, for their addresses cannot be read: ${answer##*$'\n'}"
  fi
}

# Prints the settings of the ports of caches: ADDRESSES.
needed_cache_ports() {
  local name address ports others=''
  while IFS=$'\t' read -r name address; do
    case $name in
      *.memcachier-server)
        ports=$(ports_of 11211 "$address")
        printf 'CachePort=%s\n' "${ports%%$'\n'*}"
        others+=${ports#"${ports%%$'\n'*}"}$'\n'
        ;;
      *.redis-url)
        ports=$(redis_ports "$address")
        # The primary that sentinels name has a port that is in no address: RedisPort is left to it.
        if [[ $address != *+sentinel:* ]]; then
          printf 'RedisPort=%s\n' "${ports%%$'\n'*}"
          ports=${ports#"${ports%%$'\n'*}"}
        fi
        others+=$ports$'\n'
        ;;
      *) continue ;;
    esac
  done <<<"$1"
  [[ -z $1 ]] || printf 'OtherCachePorts=%s\n' "$(printf '%s' "$others" | sed '/^$/d' | sort -nu | paste -s -d , -)"
}

# Whether a stack has opened the ports of the caches: STACK.
has_cache_ports() {
  local setting
  for setting in $(needed_cache_ports "$(cache_addresses)"); do
    [[ $(parameter_value "$1" "${setting%%=*}") == "${setting#*=}" ]] || return 1
  done
}

# Prints the ports of a Redis URL, one a line. Its password may have an @ in it.
redis_ports() {
  local hosts=${1#*://} default=6379
  [[ $1 != *+sentinel:* ]] || default=26379
  [[ $hosts =~ ^([^/]*@)?([^/?#]*) ]]
  ports_of "$default" "${BASH_REMATCH[2]}"
}

# Prints the port of each HOST, HOST:PORT or [ADDRESS]:PORT, one a line: DEFAULT LIST.
ports_of() {
  local server
  for server in $(printf '%s' "$2" | tr ',' ' '); do
    if [[ $server =~ ^(\[.*\]|[^:]*):([0-9]{1,5})$ ]]; then printf '%s\n' "${BASH_REMATCH[2]}"; else printf '%s\n' "$1"; fi
  done | awk '!seen[$0]++'
}

# Prints the ports of the caches in use, one a line: SETTINGS.
cache_ports() {
  local caches
  caches=$(cache_in_use)
  [[ $caches != *memcached* ]] || printf '%s\n' "$(value_after CachePort "$@")"
  [[ $caches != *redis* ]] || printf '%s\n' "$(value_after RedisPort "$@")"
  value_after OtherCachePorts "$@" | tr ',' '\n'
}

# Prints what the tasks may connect to, as rules of their security group: ENVIRONMENT CACHE_PORTS.
egress_lines() {
  local ports port value rules
  ports=$(variable_value "$1" ALLOWED_SOURCE_PORTS)
  rules=$({
    for port in $(printf '%s' "${ports:-80,443}" | tr ',' ' '); do
      [[ $port =~ ^[0-9]{1,5}(-[0-9]{1,5})?$ ]] || fail "ALLOWED_SOURCE_PORTS=$ports is no list of ports such as 80,443,8000-8100."
      printf 'tcp %s %s Images\n' "${port%-*}" "${port#*-}"
    done
    for value in $(printf '%s\n' "$1" | sed -nE "s/^(${SERVER_VARIABLES// /|})=//p"); do
      port=$(url_port "$value")
      [[ -z $port ]] || printf 'tcp %s %s Images\n' "$port" "$port"
    done
    for port in $(ports_of 53 "$(variable_value "$1" DNS_SERVERS)"); do
      printf 'tcp %s %s Names\nudp %s %s Names\n' "$port" "$port" "$port" "$port"
    done
    for port in $2; do printf 'tcp %s %s Caches\n' "$port" "$port"; done
  } | awk '!seen[$1, $2, $3]++ && !($2 == 443 && $3 == 443)') || exit 1
  (($(wc -l <<<"$rules") <= 50)) ||
    fail "the settings name more than 50 ports, and a security group has 60 rules at most. Use ranges such as 8000-8100."
  [[ -z $rules ]] || printf '%s\n' "$rules" | egress_rules
}

# Prints the port of an http or https URL; nothing for other texts.
url_port() {
  [[ $1 =~ ^(https?)://(\[[^]]*\]|[^:/?#]*)(:([0-9]{1,5}))?([/?#]|$) ]] || return 0
  if [[ -n ${BASH_REMATCH[4]} ]]; then
    printf '%s' "${BASH_REMATCH[4]}"
  elif [[ ${BASH_REMATCH[1]} == http ]]; then
    printf 80
  else
    printf 443
  fi
}

# Prints lines `PROTOCOL FROM TO DESCRIPTION` as rules of the template.
egress_rules() {
  local protocol from to what rule
  while read -r protocol from to what; do
    rule="IpProtocol: $protocol, FromPort: $from, ToPort: $to, Description: $what"
    if [[ $what == Caches ]]; then
      printf '        - { %s, CidrIp: !Ref CacheNetwork }\n' "$rule"
    else
      printf '        - { %s, CidrIp: 0.0.0.0/0 }\n' "$rule"
      printf "        - !If [HasIpv6, { %s, CidrIpv6: '::/0' }, !Ref AWS::NoValue]\n" "$rule"
    fi
  done
}
