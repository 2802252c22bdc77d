# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs secrets [--file FILE] [--new-signing-key] [NAME]... [--region REGION] [--name NAME] [--dry-run]

Puts secrets into Parameter Store, encrypted with the base stack's key, and says what has to be done for tasks to use them.

  NAME               memcachier-server (host:port), memcachier-username, memcachier-password, redis-url, signing-keys or
                     source-headers; each is asked for and not shown, and an empty answer leaves it as it is.
                     Without any NAME, the three of MemCachier are asked for. Nothing is put where an answer is faulty
  --file FILE        read lines NAME=VALUE from FILE, or from standard input where FILE is -; source-headers may have
                     several lines. Nothing is put where a line is faulty
  --new-signing-key  make a key and put it before those there are: it signs from now on, and all are believed

No value is ever an argument of a program, where other users of the machine could see it.
TEXT
}

command_run() {
  local names=() file='' new_key='' ways
  while (($# > 0)); do
    case $1 in
      --file)
        need_value "$@"
        file=$2
        shift
        ;;
      --new-signing-key) new_key=yes ;;
      *)
        is_secret "$1" || fail "'$1' is no secret of the service: ${SECRET_NAMES[*]}."
        names+=("$1")
        ;;
    esac
    shift
  done
  ways=${file:+1}${new_key:+1}${names[0]:+1}
  ((${#ways} < 2)) || fail "give one of --file, --new-signing-key and NAMEs at a time."
  connect
  step "Secrets: parameters $PREFIX.* in Parameter Store"
  require_base
  umask 077
  REQUEST_FILE=$(mktemp)
  trap 'rm -f "$REQUEST_FILE"' EXIT
  if [[ -n $file ]]; then
    put_secrets_of_file "$file"
  elif [[ -n $new_key ]]; then
    put_new_signing_key
  else
    ((${#names[@]} > 0)) || names=(memcachier-server memcachier-username memcachier-password)
    ask_for_secrets "${names[@]}"
  fi
  say_what_is_next
}

# The tasks read secrets again, but which cache they use is in their task definition, with the way to it.
say_what_is_next() {
  local state stack
  [[ -z $DRY_RUN ]] || return 0
  stack=$(service_stack)
  state=$(stack_state "$stack")
  if [[ $state == NONE ]]; then
    note "Next: thumbnailer-ecs push, thumbnailer-ecs deploy"
  elif [[ $(parameter_value "$stack" Cache) != "$(cache_in_use)" ]]; then
    note "Next: thumbnailer-ecs deploy. Until then the tasks go on with the cache that they have."
  elif ! has_cache_ports "$stack"; then
    note "Next: thumbnailer-ecs deploy, which opens the port of the cache to the tasks."
  else
    note "Tasks that run take them up within a minute. Nothing is to be done."
  fi
}

# All answers are checked before the first secret is put: a new server is of no use with the password of the old one.
ask_for_secrets() {
  local name value names=() values=()
  [[ -t 0 ]] || fail "there is no terminal to ask for the secrets on. Give them with --file - instead."
  for name in "$@"; do
    read -rsp "    $name: " value
    printf '\n'
    if [[ -z $value ]]; then
      note "$name stays as it is"
    else
      check_secret "$name" "$value"
      names+=("$name")
      values+=("$value")
    fi
  done
  put_secrets
}

# Puts the caller's `values` under its `names`.
put_secrets() {
  local i
  for ((i = 0; i < ${#names[@]}; i++)); do put_secret "${names[i]}" "${values[i]}"; done
}

# All lines are checked before the first secret is put.
put_secrets_of_file() {
  local line number=0 name value names=() values=() headers=''
  if [[ $1 != - ]]; then
    [[ -r $1 ]] || fail "$1 cannot be read."
    exec <"$1"
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    [[ $line =~ ^([a-z-]+)=(.+)$ ]] || fail "line $number of the file is not NAME=VALUE."
    name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    is_secret "$name" || fail "line $number of the file: '$name' is no secret of the service: ${SECRET_NAMES[*]}."
    check_secret "$name" "$value" "line $number of the file: "
    if [[ $name == source-headers ]]; then
      headers+=${headers:+$'\n'}$value
    else
      names+=("$name")
      values+=("$value")
    fi
  done
  put_secrets
  [[ -z $headers ]] || put_secret source-headers "$headers"
}

# Fails where a value cannot be that of the secret: NAME VALUE [WHERE].
check_secret() {
  local key='[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_-]{43,}={0,2}'
  [[ $2 != *[[:cntrl:]]* ]] || fail "${3:-}$1 has a control character in it."
  case $1 in
    memcachier-server)
      [[ $2 =~ ^[^:,[:space:]]+(:[0-9]+)?(,[^:,[:space:]]+(:[0-9]+)?)*$ ]] ||
        fail "${3:-}memcachier-server must be host:port, or several with commas between."
      ;;
    redis-url) [[ $2 =~ ^rediss?(\+(cluster|sentinel))?:// ]] || fail "${3:-}redis-url must begin with redis:// or rediss://." ;;
    # Tasks that run go on with the keys that they have, one that is to be taken away among them; new ones do not start.
    signing-keys)
      [[ $2 =~ ^' '*$key(' '*,' '*$key)*' '*$ ]] ||
        fail "${3:-}signing-keys must be id:key, or several with commas between; a key is base64url of at least 32 bytes."
      [[ -z $(tr -d ' ' <<<"$2" | tr , '\n' | cut -d : -f 1 | sort | uniq -d) ]] ||
        fail "${3:-}signing-keys has two keys of the same id."
      ;;
    source-headers) [[ $2 == *:*:* ]] || fail "${3:-}source-headers must be HOST: HEADER: VALUE." ;;
  esac
}

put_new_signing_key() {
  local id key known
  id=$(date -u +%Y%m%d-%H%M%S)
  key=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  known=$(aws ssm get-parameters --names "$PREFIX.signing-keys" --with-decryption --output text \
    --query 'Parameters[0].Value') || fail "the signing keys that there are cannot be read."
  [[ $known != None ]] || known=
  known=$id:$key${known:+,$known}
  check_secret signing-keys "$known" "the new key and those there are: "
  put_secret signing-keys "$known"
  note "the new key's id is $id. This shows all keys, the new one first:"
  note "aws ssm get-parameters --region $AWS_REGION --names $PREFIX.signing-keys --with-decryption --output text --query 'Parameters[0].Value'"
}

# Its value goes through a file that only its owner can read. The CLI reads its input twice, so a pipe will not do.
put_secret() {
  local name=$1 value=$2 answer
  if [[ -n $DRY_RUN ]]; then
    note "would put $PREFIX.$name"
    return
  fi
  printf '{"Name":"%s","Value":%s,"Type":"SecureString","KeyId":"alias/%s-key","Overwrite":true}' \
    "$PREFIX.$name" "$(json_string "$value")" "$PREFIX" >"$REQUEST_FILE"
  answer=$(aws ssm put-parameter --cli-input-json "file://$REQUEST_FILE" --query Version --output text 2>&1 </dev/null) ||
    fail "$PREFIX.$name could not be put: ${answer##*$'\n'}"
  note "put $PREFIX.$name, version $answer"
}
