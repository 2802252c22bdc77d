# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs deploy [--image TAG] [--env NAME=VALUE]... [--set KEY=VALUE]... [--region REGION] [--name NAME]
       [--dry-run]

Makes the service (the stack NAME-service), or brings it up to the template, the image and the settings given. New
tasks replace the old ones once they are healthy; where they never are, everything goes back to how it was.

  --image TAG       tag or digest of an image that was pushed; the one pushed last unless given
  --env NAME=VALUE  a variable of docs/configuration.md, for example --env CACHE_TTL=7d; an empty value takes it away
  --set KEY=VALUE   a parameter of templates/service.yaml or base.yaml, for example --set MaxTasks=10
                    --set CertificateArn=arn:aws:acm:... --set AllowedHosts=thumbs.example.com

What is set stays set for later deployments; 'thumbnailer-ecs status' shows it.
TEXT
}

command_run() {
  local tag='' settings=() base_settings=() digest earlier
  while (($# > 0)); do
    case $1 in
      --image | --set | --env)
        need_value "$@"
        case $1 in
          --image) tag=$2 ;;
          --set) take_setting "$2" ;;
          --env)
            check_variable "$2"
            settings+=(--env "$2")
            ;;
        esac
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  connect
  find_cluster
  step "What the service needs"
  require_base
  digest=$(image_digest "$tag")
  note "image $digest"
  if ((${#base_settings[@]} > 0)); then
    step "Base"
    prepare_stack "$(base_stack)"
    deploy_stack "$(base_stack)" "$ECS_DIR/templates/base.yaml" "${base_settings[@]}"
  fi

  step "Service: load balancer, tasks, scaling; the first time takes about five minutes"
  prepare_stack "$(service_stack)"
  earlier=$(images_after "$digest")
  deploy_service "$digest" "$earlier" ${settings[@]+"${settings[@]}"}
  [[ -n $DRY_RUN ]] || note "The service answers at $(stack_output "$(service_stack)" Url)"
}

# Puts a setting to the caller's `settings`, or to `base_settings` where it belongs to the base.
take_setting() {
  case ${1%%=*} in
    Name | ImageUri) fail "${1%%=*} is set by --name and --image." ;;
    EarlierImages) fail "EarlierImages is what ran before; deploy itself keeps it." ;;
    Environment) fail "Environment is what --env has set." ;;
    Cache) fail "Cache is what the secrets name: memcachier-server, redis-url or neither. See also --env THUMBNAIL_CACHE=..." ;;
    NamedSourceBuckets | NamedCacheBuckets) fail "${1%%=*} is what the variables name. For others: --set ${1/Named/}" ;;
    OtherCachePorts) fail "OtherCachePorts is what the secrets memcachier-server and redis-url name." ;;
    StopTimeout) fail "StopTimeout follows from --env SHUTDOWN_TIMEOUT=..." ;;
    AssignPublicIp) fail "AssignPublicIp follows from the subnets: thumbnailer-ecs base --set TaskSubnetIds=..." ;;
  esac
  if has_parameter "$ECS_DIR/templates/base.yaml" "${1%%=*}"; then
    base_settings+=("$1")
  else
    check_setting "$1" "$ECS_DIR/templates/service.yaml"
    settings+=("$1")
  fi
}
