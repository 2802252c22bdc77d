# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs push [--platform PLATFORM] [--tag TAG] [--region REGION] [--name NAME] [--dry-run]

Builds the image and pushes it to the repository of the base stack.

  --platform PLATFORM  linux/amd64 (the default), or linux/arm64 for a service with CpuArchitecture=ARM64
  --tag TAG            instead of the Git commit, with -dirty where files differ from it
TEXT
}

command_run() {
  local platform=linux/amd64 tag='' repository registry commit
  while (($# > 0)); do
    case $1 in
      --platform | --tag)
        (($# >= 2)) || fail "$1 needs a value."
        if [[ $1 == --tag ]]; then tag=$2; else platform=$2; fi
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  command -v docker >/dev/null || [[ -n $DRY_RUN ]] ||
    fail "Docker is not installed. See https://docs.docker.com/get-started/get-docker/"
  connect
  require_stack "$(base_stack)" base
  commit=$(git -C "$PROJECT_DIR" rev-parse HEAD 2>/dev/null || printf unknown)
  tag=${tag:-$(git -C "$PROJECT_DIR" describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || date -u +%Y%m%d-%H%M%S)}
  repository=$(stack_output "$(base_stack)" RepositoryUri)
  registry=${repository%%/*}

  step "Building $repository:$tag for $platform"
  change docker build --platform "$platform" --build-arg "GIT_SHA=$commit" --tag "$repository:$tag" "$PROJECT_DIR"
  step "Pushing it"
  log_in_to "$registry"
  change docker push "$repository:$tag"
  [[ -n $DRY_RUN ]] || note "pushed $tag, $(image_digest "$tag")"
  note "Next: thumbnailer-ecs deploy"
}

# The password is good for twelve hours.
log_in_to() {
  if [[ -n $DRY_RUN ]]; then
    would docker login --username AWS --password-stdin "$1"
  else
    aws ecr get-login-password | docker login --username AWS --password-stdin "$1" >/dev/null ||
      fail "Docker could not log in to $1. Is Docker running?"
  fi
}
