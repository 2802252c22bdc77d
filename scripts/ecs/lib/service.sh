# shellcheck shell=bash
# The service on ECS, its images and its log.

CLUSTER=

# The cluster may be one that was there before. Asked for once, before all that needs it.
find_cluster() { CLUSTER=$(parameter_value "$(service_stack)" ClusterName); }
cluster() { printf '%s' "${CLUSTER:-$PREFIX-cluster}"; }
service() { printf '%s-service' "$PREFIX"; }
log_group() { printf '/ecs/%s-task' "$PREFIX"; }

# All that is not routine: the service's lines of level 40 and above, and what Node and V8 write themselves, which is no
# JSON. A pattern for JSON would match none of the latter.
readonly NOT_ROUTINE='-"\"level\":30" -"\"level\":20" -"\"level\":10"'

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

# Prints the digest of the image that runs; nothing where none does.
current_digest() {
  local definition image
  definition=$(service_field taskDefinition)
  [[ -n $definition ]] || return 0
  image=$(task_image "$definition")
  printf '%s' "${image#*@}"
}

# Prints the digests that can be gone back to once DIGEST is deployed: what runs now, and what ran before it. An image that
# never came up is not among them, for then its deployment went back, and this list with it.
images_after() {
  local digests=${1:?} digest known='' earlier
  earlier=$(parameter_value "$(service_stack)" EarlierImages) || exit 1
  for digest in $(current_digest) ${earlier//,/ }; do
    [[ ,$digests, == *",$digest,"* ]] || { digests+=,$digest && known+=${known:+,}$digest; }
  done
  printf '%s' "$known" | cut -d , -f 1-10
}

# Prints what of a list of digests ran before DIGEST: DIGEST LIST.
images_before() {
  case ,$2, in
    *",$1,"*) printf '%s' "${2#*"$1"}" | sed 's/^,//' ;;
    *) printf '%s' "$2" ;;
  esac
}

# Marks the image that runs, so that the repository never expires it (templates/base.yaml).
remember_image() {
  local request=(aws ecr put-image --repository-name "$PREFIX" --image-tag live --image-digest "$1") manifest answer
  if [[ -n $DRY_RUN ]]; then
    would "${request[@]}"
    return
  fi
  manifest=$(aws ecr batch-get-image --repository-name "$PREFIX" --image-ids "imageDigest=$1" --output text \
    --query 'images[0].imageManifest')
  answer=$("${request[@]}" --image-manifest "$manifest" --query image.imageId.imageTag --output text 2>&1) ||
    [[ $answer == *ImageAlreadyExists* ]] || warn "the image could not be marked as live: ${answer##*$'\n'}"
}

# Shows a deployment until its tasks have replaced all others; fails where they could not: ID. ECS goes back by a deployment
# of its own, which may well succeed, and is not the one that was asked for.
follow_rollout() {
  local state last='' line
  while :; do
    line=$(service_field "deployments[?id=='$1'] | [0].[rolloutState,runningCount,desiredCount,failedTasks]")
    [[ -n $line ]] ||
      fail "the deployment is not there any more: another took its place, the service is gone, or AWS does not answer. 'thumbnailer-ecs status' shows which."
    if [[ $line != "$last" ]]; then
      # shellcheck disable=SC2086 # four words
      printf '    %s: %s of %s tasks run, %s failed\n' $line
      last=$line
    fi
    state=${line%%[[:space:]]*}
    case $state in
      COMPLETED) return ;;
      FAILED)
        service_field 'events[:5].[message]' | with_advice >&2
        show_last_words
        fail "the deployment failed, and ECS goes back to the one before. 'thumbnailer-ecs logs --errors' shows more."
        ;;
    esac
    sleep 10
  done
}

# Shows why tasks stopped, as ECS says it, and what they wrote that is not routine. Of a service that is gone, the log is
# left.
show_last_words() {
  local lines
  lines=$(stopped_tasks)
  [[ -z $lines ]] || warn $'Tasks that stopped:\n'"$lines"
  lines=$(aws logs filter-log-events --log-group-name "$(log_group)" --output text \
    --start-time "$((($(date +%s) - 3600) * 1000))" --filter-pattern "$NOT_ROUTINE" \
    --query 'events[-20:].[message]' 2>/dev/null | sed '/^None$/d' || true)
  [[ -z $lines ]] || warn $'The last lines of the log that are not routine:\n'"$lines"
}

# ECS knows them for about an hour.
stopped_tasks() {
  local tasks
  tasks=$(aws ecs list-tasks --cluster "$(cluster)" --family "$PREFIX-task" --desired-status STOPPED --max-items 10 \
    --query 'taskArns' --output text 2>/dev/null | sed '/^None$/d' || true)
  [[ -n $tasks ]] || return 0
  # shellcheck disable=SC2086 # one word for each task
  aws ecs describe-tasks --cluster "$(cluster)" --tasks $tasks --output text \
    --query 'tasks[].[stoppedAt,stoppedReason,containers[0].reason,containers[0].exitCode]' 2>/dev/null |
    sed -E $'s/\tNone//g; s/^/    /' | with_advice || true
}

# Copies lines, and adds after each what to do (reasons.txt); the same once.
with_advice() {
  local line advice told=''
  while IFS= read -r line; do
    printf '%s\n' "$line"
    advice=$(advice_on "$line")
    [[ -n $advice && $told != *"$advice"* ]] || continue
    printf '      -> %s\n' "$advice"
    told+=$advice$'\n'
  done
}

# Prints what to do about something that ECS says; nothing where there is nothing.
advice_on() {
  local words advice
  while IFS='|' read -r words advice; do
    [[ -n $advice && $words != '#'* ]] || continue
    words=${words%"${words##*[! ]}"}
    words=${words//.../*}
    # shellcheck disable=SC2053 # a pattern
    if [[ $1 == *$words* ]]; then
      printf '%s' "${advice# }"
      return
    fi
  done <"$ECS_DIR/reasons.txt"
}
