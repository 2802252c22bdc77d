# shellcheck shell=bash
# What every command needs: options, messages, the login, and a way to change things that --dry-run holds back.

PREFIX=${THUMBNAILER_NAME:-thumbnailer}
DRY_RUN=
ARGUMENTS=()

# Takes the options that all commands share; the others are left in ARGUMENTS.
read_common_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help)
        command_help
        exit
        ;;
      --dry-run) DRY_RUN=yes ;;
      --region | --name)
        need_value "$@"
        if [[ $1 == --region ]]; then AWS_REGION=$2; else PREFIX=$2; fi
        shift
        ;;
      *) ARGUMENTS+=("$1") ;;
    esac
    shift
  done
  [[ $PREFIX =~ ^[a-z][a-z0-9-]{1,18}$ ]] ||
    fail "'$PREFIX' cannot be used as a name: 2 to 19 small letters, digits and hyphens, a letter first."
}

# An empty one is that of a variable which is not set: what stands in for it may be another region, or another image.
need_value() {
  [[ -n ${2:-} ]] || fail "$1 needs a value."
}

refuse_arguments() {
  (($# == 0)) || fail "'$1' is not understood. Run the command with --help."
}

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
warn() { printf 'thumbnailer-ecs: %s\n' "$*" >&2; }
fail() {
  warn "$@"
  exit 1
}

# Runs a command that changes something; with --dry-run it is only shown.
change() {
  if [[ -n $DRY_RUN ]]; then would "$@"; else "$@"; fi
}

would() {
  printf '    would run:'
  printf ' %q' "$@"
  printf '\n'
}

json_string() {
  local value=${1//\\/\\\\}
  value=${value//$'\n'/\\n}
  printf '"%s"' "${value//\"/\\\"}"
}

# Finds region and account, and says what to do where there is none.
connect() {
  command -v aws >/dev/null ||
    fail "the AWS CLI is not installed. See https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
  AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
  [[ -n $AWS_REGION ]] || fail "no AWS region is chosen. Give --region, for example --region eu-west-1."
  export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
  local answer
  answer=$(aws sts get-caller-identity --query Account --output text 2>&1) || explain_login "$answer"
  note "account $answer, region $AWS_REGION, name $PREFIX"
}

explain_login() {
  case $1 in
    *'connect to the endpoint'*)
      fail "AWS cannot be reached in '$AWS_REGION'. Is that the name of a region? Is there a way to the internet?"
      ;;
    *xpired*) fail "the AWS login has expired. Log in again, for example with 'aws sso login'." ;;
    *) fail "not logged in to AWS (${1##*$'\n'}). Run 'aws configure' or 'aws sso login', or set AWS_PROFILE." ;;
  esac
}
