# shellcheck shell=bash

command_help() {
  cat <<'TEXT'
Usage: thumbnailer-ecs push [--platform PLATFORM] [--tag TAG] [--base IMAGE] [--region REGION] [--name NAME] [--dry-run]

Builds the image and pushes it to the repository of the base stack. It is built on the newest base image, by its digest.

  --platform PLATFORM  linux/amd64 (the default), or linux/arm64 for a service with CpuArchitecture=ARM64, or both with a
                       comma between, which Docker's buildx builds
  --base IMAGE         another base image than the Dockerfile's, as node:24-trixie-slim@sha256:... of an earlier push
  --tag TAG            instead of the Git commit, with -dirty where files differ from it
TEXT
}

command_run() {
  local platform=linux/amd64 tag='' base='' repository registry commit
  while (($# > 0)); do
    case $1 in
      --platform | --tag | --base)
        need_value "$@"
        case $1 in
          --tag) tag=$2 ;;
          --base) base=$2 ;;
          *) platform=$2 ;;
        esac
        shift
        ;;
      *) refuse_arguments "$1" ;;
    esac
    shift
  done
  command -v docker >/dev/null || [[ -n $DRY_RUN ]] ||
    fail "Docker is not installed. See https://docs.docker.com/get-started/get-docker/"
  connect
  require_base
  commit=$(git -C "$PROJECT_DIR" rev-parse HEAD 2>/dev/null || printf unknown)
  tag=${tag:-$(git -C "$PROJECT_DIR" describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || date -u +%Y%m%d-%H%M%S)}
  repository=$(stack_output "$(base_stack)" RepositoryUri)
  registry=${repository%%/*}

  base=${base:-$(sed -n 's/^ARG BASE=//p' "$PROJECT_DIR/Dockerfile")}
  step "Getting the base image"
  pin_base "${platform%%,*}"
  note "$base"
  local build=(--platform "$platform" --build-arg "BASE=$base" --build-arg "GIT_SHA=$commit"
    --tag "$repository:$tag" "$PROJECT_DIR")
  if [[ $platform == *,* ]]; then
    # The images of several platforms are put together in the repository.
    step "Building $repository:$tag for $platform, and pushing it"
    log_in_to "$registry"
    change docker buildx build --push "${build[@]}"
  else
    step "Building $repository:$tag for $platform"
    change docker build "${build[@]}"
    step "Pushing it"
    log_in_to "$registry"
    change docker push "$repository:$tag"
  fi
  [[ -n $DRY_RUN ]] || note "pushed $tag, $(image_digest "$tag")"
  note "Next: thumbnailer-ecs deploy"
}

# Adds to the caller's `base` the digest that its tag has now: what is built does not change when the tag is moved. It is
# that of all platforms.
pin_base() {
  local last=${base##*/} name known
  [[ $base != *@sha256:* ]] || return 0
  change docker pull --quiet --platform "$1" "$base"
  [[ -z $DRY_RUN ]] || return 0
  name=${base%"$last"}${last%%:*}
  while read -r known; do
    [[ $known == "$name"@sha256:* ]] || continue
    base+="@${known#*@}"
    return
  done < <(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$base")
  fail "Docker does not know the digest of $base. Name the base image by its digest: --base."
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
