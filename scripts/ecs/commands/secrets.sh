# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs secrets [--file FILE] [--new-signing-key] [NAME]... [--region REGION] [--name NAME] [--dry-run]

Puts secrets into Parameter Store, encrypted with the base stack's key. Tasks that run take them up within a minute or two.

  NAME               memcachier-server (host:port), memcachier-username, memcachier-password or signing-keys;
                     each is asked for and not shown, and an empty answer leaves it as it is.
                     Without any NAME, the three of the cache are asked for.
  --file FILE        read lines NAME=VALUE from FILE, or from standard input where FILE is -
  --new-signing-key  make a key and put it before those there are: it signs from now on, and all are believed

No value is ever an argument of a program, where other users of the machine could see it.
TEXT
}

command_run() {
  local names=() file='' new_key=''
  while (($# > 0)); do
    case $1 in
      --file)
        file=${2:?--file needs a value}
        shift
        ;;
      --new-signing-key) new_key=yes ;;
      memcachier-server | memcachier-username | memcachier-password | signing-keys) names+=("$1") ;;
      *) fail "'$1' is no secret of the service. Run 'thumbnailer-ecs secrets --help'." ;;
    esac
    shift
  done
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
}

ask_for_secrets() {
  local name value
  [[ -t 0 ]] || fail "there is no terminal to ask for the secrets on. Give them with --file - instead."
  for name in "$@"; do
    read -rsp "    $name: " value
    printf '\n'
    if [[ -n $value ]]; then put_secret "$name" "$value"; else note "$name stays as it is"; fi
  done
}

put_secrets_of_file() {
  local line
  if [[ $1 != - ]]; then
    [[ -r $1 ]] || fail "$1 cannot be read."
    exec <"$1"
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    [[ $line =~ ^(memcachier-(server|username|password)|signing-keys)=(.+)$ ]] ||
      fail "a line of the file is not NAME=VALUE with the name of a secret and a value."
    put_secret "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}"
  done
}

put_new_signing_key() {
  local id key known
  id=$(date -u +%Y%m%d-%H%M%S)
  key=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  known=$(aws ssm get-parameters --names "$PREFIX.signing-keys" --with-decryption --output text \
    --query 'Parameters[0].Value') || fail "the signing keys that there are cannot be read."
  [[ $known != None ]] || known=
  put_secret signing-keys "$id:$key${known:+,$known}"
  note "the new key's id is $id"
}

# Its value goes through a file that only its owner can read. The CLI reads its input twice, so a pipe will not do.
put_secret() {
  local name=$1 value=$2 answer
  [[ $name != memcachier-server || $value =~ ^[^:,[:space:]]+:[0-9]+(,[^:,[:space:]]+:[0-9]+)*$ ]] ||
    fail "memcachier-server must be host:port, or several with commas between."
  [[ $value != *[[:cntrl:]]* ]] || fail "$name has a control character in it."
  if [[ -n $DRY_RUN ]]; then
    note "would put $PREFIX.$name"
    return
  fi
  printf '{"Name":"%s","Value":%s,"Type":"SecureString","KeyId":"alias/%s-key","Overwrite":true}' \
    "$PREFIX.$name" "$(json_string "$value")" "$PREFIX" >"$REQUEST_FILE"
  answer=$(aws ssm put-parameter --cli-input-json "file://$REQUEST_FILE" --query Version --output text 2>&1 </dev/null) ||
    fail "$PREFIX.$name could not be put: ${answer##*$'\n'}"
  note "put $PREFIX.$name, version $answer"
  # Until then the tasks may not reach it.
  [[ $name != memcachier-server || $answer != 1 ]] || note "Next: thumbnailer-ecs deploy, which lets the tasks use it"
}
