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
  local tag='' settings=() base_settings=() template=$ECS_DIR/templates/service.yaml digest repository count cache url
  while (($# > 0)); do
    case $1 in
      --image | --set)
        (($# >= 2)) || fail "$1 needs a value."
        case $1 in
          --image) tag=$2 ;;
          *) take_setting "$2" ;;
        esac
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  step "What the service needs"
  require_base
  digest=$(image_digest "$tag")
  note "image $digest"
  report_secrets
  if ((${#base_settings[@]} > 0)); then
    step "Base"
    prepare_stack "$(base_stack)"
    deploy_stack "$(base_stack)" "$ECS_DIR/templates/base.yaml" "${base_settings[@]}"
  fi

  step "Service: load balancer, tasks, scaling; the first time takes about five minutes"
  prepare_stack "$(service_stack)"
  repository=$(stack_output "$(base_stack)" RepositoryUri)
  cache=$(cache_in_use)
  # Scaling may have left it at another number than the template has; a deployment is no reason to go back.
  count=$(service_field desiredCount)
  deploy_stack "$(service_stack)" "$template" "Name=$PREFIX" "ImageUri=$repository@$digest" \
    "EarlierImages=$(images_after "$digest")" "Cache=$cache" ${count:+"DesiredCount=$count"} \
    ${settings[@]+"${settings[@]}"}
  remember_image "$digest"
  [[ -z $DRY_RUN ]] || return 0
  url=$(stack_output "$(service_stack)" Url)
  note "The service answers at $url"
}

# Puts a setting to the caller's `settings`, or to `base_settings` where it belongs to the base.
take_setting() {
  case ${1%%=*} in
    Name | ImageUri) fail "${1%%=*} is set by --name and --image." ;;
    EarlierImages) fail "EarlierImages is what ran before; deploy itself keeps it." ;;
    Cache) fail "Cache is memcached where there is the secret memcachier-server, and else memory." ;;
  esac
  if has_parameter "$ECS_DIR/templates/base.yaml" "${1%%=*}"; then
    base_settings+=("$1")
  else
    check_setting "$1" "$template"
    settings+=("$1")
  fi
}

report_secrets() {
  local known
  known=$(known_secrets | tr '\n' ' ')
  note "secrets: ${known:-none}"
  [[ $known == *memcachier-server* ]] ||
    warn "without the secret memcachier-server each task keeps its thumbnails to itself, in memory."
}
