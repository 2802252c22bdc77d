{{- define "thumbnailer.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "thumbnailer.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "thumbnailer.labels" -}}
{{ include "thumbnailer.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "thumbnailer.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ include "thumbnailer.settingText" (dict "name" "tag" "value" (.Values.image.tag | default .Chart.AppVersion)) }}
{{- end -}}
{{- end -}}

{{/* The names that the service answers to: those that are set, those of the ingress, and the Service's own. */}}
{{- define "thumbnailer.hosts" -}}
{{- $name := include "thumbnailer.name" . -}}
{{- $inNamespace := printf "%s.%s" $name .Release.Namespace -}}
{{- $hosts := list "localhost" "127.0.0.1" $name $inNamespace (printf "%s.svc" $inNamespace) (printf "%s.svc.cluster.local" $inNamespace) -}}
{{- range .Values.ingress.hosts }}{{ $hosts = append $hosts (trimPrefix "*" .) }}{{ end -}}
{{- with .Values.settings.ALLOWED_HOSTS }}{{ $hosts = append $hosts . }}{{ end -}}
{{ join "," $hosts }}
{{- end -}}

{{/* A value as it was meant: to YAML, `on` is true and 100000000 is 1e+08. Switches that libraries read themselves, OTEL_ and AWS_, are true and false. */}}
{{- define "thumbnailer.settingText" -}}
{{- if and (kindIs "bool" .value) (not (regexMatch "^(OTEL|AWS)_" .name)) -}}
{{ ternary "on" "off" .value }}
{{- else if and (kindIs "float64" .value) (eq .value (floor .value)) -}}
{{ printf "%.0f" .value }}
{{- else if not (kindIs "invalid" .value) -}}
{{ .value }}
{{- end -}}
{{- end -}}

{{- define "thumbnailer.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "thumbnailer.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}
