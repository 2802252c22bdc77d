# shellcheck shell=bash
# The service on ECS, and the images that it runs.

cluster() { printf '%s-cluster' "$PREFIX"; }
service() { printf '%s-service' "$PREFIX"; }
task_family() { printf '%s-task' "$PREFIX"; }
log_group() { printf '/ecs/%s-task' "$PREFIX"; }

# Prints the digest of an image in the repository: that of TAG, or of what was pushed last.
image_digest() {
  local selection=() answer
  if [[ -n ${1:-} ]]; then
    selection=(--image-ids "imageTag=$1")
    [[ $1 == sha256:* ]] && selection=(--image-ids "imageDigest=$1")
  fi
  answer=$(aws ecr describe-images --repository-name "$PREFIX" ${selection[@]+"${selection[@]}"} --output text \
    --query 'sort_by(imageDetails[?imageTags], &imagePushedAt)[-1].imageDigest' 2>&1) ||
    fail "there is no image '${1:-}' in the repository $PREFIX: ${answer##*$'\n'}"
  [[ $answer == sha256:* ]] || fail "the repository $PREFIX has no image. Run 'thumbnailer-ecs push' first."
  printf '%s' "$answer"
}

# Prints NAME of each secret that is in Parameter Store, without its value.
known_secrets() {
  aws ssm get-parameters --output text --query 'Parameters[].Name' \
    --names "$PREFIX.memcachier-server" "$PREFIX.memcachier-username" "$PREFIX.memcachier-password" \
    "$PREFIX.signing-keys" | tr '\t' '\n' | sed "s/^$PREFIX\.//; /^None\$/d"
}

# Prints what the template's Cache is to be: memcached where a secret says which one.
cache_in_use() {
  local known
  known=$(known_secrets) || fail "the names of the secrets cannot be read."
  if [[ $known == *memcachier-server* ]]; then printf memcached; else printf memory; fi
}

# Prints a field of the service as it is now; nothing where there is no service.
service_field() {
  aws ecs describe-services --cluster "$(cluster)" --services "$(service)" --output text \
    --query "services[?status=='ACTIVE'] | [0].$1" 2>/dev/null | sed '/^None$/d' || true
}

# Prints the image of a task definition.
task_image() {
  aws ecs describe-task-definition --task-definition "$1" --output text \
    --query 'taskDefinition.containerDefinitions[0].image'
}

# Shows the newest deployment until its tasks have replaced all others; fails where they could not.
follow_rollout() {
  local state last='' line
  while :; do
    line=$(service_field 'deployments[0].[rolloutState,runningCount,desiredCount,failedTasks]')
    if [[ $line != "$last" ]]; then
      # shellcheck disable=SC2086 # four words
      printf '    %s: %s of %s tasks run, %s failed\n' $line
      last=$line
    fi
    state=${line%%[[:space:]]*}
    case $state in
      COMPLETED) return ;;
      FAILED)
        service_field 'events[:5].message' >&2
        fail "the deployment failed, and ECS goes back to the one before. See 'thumbnailer-ecs logs --errors'."
        ;;
    esac
    sleep 10
  done
}
