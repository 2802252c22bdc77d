# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs deploy [--image TAG] [--set KEY=VALUE]... [--region REGION] [--name NAME] [--dry-run]

Makes the service (the stack NAME-service), or brings it up to the template, the image and the settings given. New
tasks replace the old ones once they are healthy; where they never are, everything goes back to how it was.

  --image TAG      tag or digest of an image that was pushed; the one pushed last unless given
  --set KEY=VALUE  a parameter of templates/service.yaml, which stays set for later deployments, for example
                   --set MaxTasks=10 --set CertificateArn=arn:aws:acm:... --set AllowedHosts=thumbs.example.com
TEXT
}

command_run() {
  local tag='' settings=() digest repository count cache url
  while (($# > 0)); do
    case $1 in
      --image | --set)
        (($# >= 2)) || fail "$1 needs a value."
        if [[ $1 == --image ]]; then tag=$2; else check_setting "$2" && settings+=("$2"); fi
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  step "What the service needs"
  require_stack "$(base_stack)" base
  digest=$(image_digest "$tag")
  note "image $digest"
  report_secrets
  repository=$(stack_output "$(base_stack)" RepositoryUri)
  cache=$(cache_in_use)
  # Scaling may have left it at another number than the template has; a deployment is no reason to go back.
  count=$(service_field desiredCount)

  step "Service: load balancer, tasks, logs, scaling; the first time takes about five minutes"
  deploy_stack "$(service_stack)" "$ECS_DIR/templates/service.yaml" "Name=$PREFIX" "ImageUri=$repository@$digest" \
    "Cache=$cache" ${count:+"DesiredCount=$count"} ${settings[@]+"${settings[@]}"}
  [[ -z $DRY_RUN ]] || return 0
  url=$(stack_output "$(service_stack)" Url)
  note "The service answers at $url"
}

check_setting() {
  local key=${1%%=*}
  [[ $1 == *=* ]] || fail "--set wants KEY=VALUE, and got '$1'."
  case $key in
    Name | ImageUri) fail "$key is set by --name and --image." ;;
    Cache) fail "Cache is memcached where there is the secret memcachier-server, and else memory." ;;
  esac
  grep -q "^  $key:\$" "$ECS_DIR/templates/service.yaml" ||
    fail "templates/service.yaml has no parameter $key."
}

report_secrets() {
  local known
  known=$(known_secrets | tr '\n' ' ')
  note "secrets: ${known:-none}"
  [[ $known == *memcachier-server* ]] ||
    warn "without the secret memcachier-server each task keeps its thumbnails to itself, in memory."
}
