{{/* What settings need beside them: ports that the pods may connect to, time to stop, a folder that can be written. */}}

{{/* Seconds that a pod gets to stop: five more than SHUTDOWN_TIMEOUT. */}}
{{- define "thumbnailer.stopSeconds" -}}
{{- $timeout := toString (.Values.settings.SHUTDOWN_TIMEOUT | default "25s") -}}
{{- if not (regexMatch "^[0-9]{1,9}(ms|s|m|h|d)$" $timeout) -}}
{{- fail (printf "settings.SHUTDOWN_TIMEOUT: %q is no duration such as 40s" $timeout) -}}
{{- end -}}
{{- $number := regexFind "^[0-9]+" $timeout | int -}}
{{- $seconds := get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[a-z]+$" $timeout) | default 0 | mul $number -}}
{{- if hasSuffix "ms" $timeout }}{{ $seconds = div (add $number 999) 1000 }}{{ end -}}
{{- add $seconds 5 -}}
{{- end -}}

{{/* Ports of images, and of servers that settings name by their URL; with commas between. */}}
{{- define "thumbnailer.sourcePorts" -}}
{{- $settings := .Values.settings -}}
{{- $ports := list -}}
{{- range splitList "," (toString ($settings.ALLOWED_SOURCE_PORTS | default "80,443")) -}}
{{- if not (regexMatch "^[0-9]{1,5}(-[0-9]{1,5})?$" (trim .)) -}}
{{- fail (printf "settings.ALLOWED_SOURCE_PORTS: %q is no port, and no range such as 8000-8100" .) -}}
{{- end -}}
{{- $ports = append $ports (trim .) -}}
{{- end -}}
{{- range $name, $value := $settings -}}
{{- if or (hasPrefix "AWS_ENDPOINT_URL" $name) (has $name (list "SOURCE_BASE" "S3_ENDPOINT" "OTEL_EXPORTER_OTLP_ENDPOINT" "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) -}}
{{- $url := regexFind "^https?://(\\[[^]]*\\]|[^:/?#]*)(:[0-9]+)?" (toString $value) -}}
{{- if $url }}{{ $ports = append $ports (regexFind "[0-9]+$" (regexFind "\\]?:[0-9]+$" $url) | default (ternary "443" "80" (hasPrefix "https" $url))) }}{{ end -}}
{{- end -}}
{{- end -}}
{{/* AWS itself, and where pods get their roles from. */}}
{{- if or (contains "s3://" (cat $settings.SOURCE_BASE $settings.ALLOWED_SOURCES $settings.S3_CACHE)) (eq (toString $settings.SECRET_SOURCE) "ssm") -}}
{{- $ports = concat $ports (list "80" "443") -}}
{{- end -}}
{{- join "," (uniq (concat $ports (include "thumbnailer.cachePorts" . | splitList "," | compact))) -}}
{{- end -}}

{{/* Ports of caches other than the chart's own: of those that settings name, else the usual ones, as the chart cannot read a Secret. */}}
{{- define "thumbnailer.cachePorts" -}}
{{- $caches := toString (.Values.settings.THUMBNAIL_CACHE | default "") -}}
{{- $ports := .Values.networkPolicy.cachePorts -}}
{{- range $name, $usual := dict "MEMCACHIER_SERVER" "11211" "MEMCACHIER_SERVERS" "11211" "REDIS_URL" "6379" -}}
{{- range splitList "," (regexReplaceAll "^([a-z+]+://)?([^/]*@)?([^/?#]*).*$" (toString (get $.Values.settings $name | default "")) "${3}") | compact -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (regexFind ":[0-9]+$" .) | default $usual) -}}
{{- end -}}
{{- end -}}
{{- if not $ports -}}
{{- if contains "redis" $caches }}{{ $ports = append $ports "6379" }}{{ end -}}
{{- if and (not .Values.memcached.enabled) (or (contains "memcached" $caches) (and (not $caches) .Values.existingSecret)) }}{{ $ports = append $ports "11211" }}{{ end -}}
{{- end -}}
{{- join "," $ports -}}
{{- end -}}

{{/* Ports of name servers. */}}
{{- define "thumbnailer.namePorts" -}}
{{- $ports := list "53" -}}
{{- range splitList "," (toString (.Values.settings.DNS_SERVERS | default "")) -}}
{{- if regexMatch "^([^:]*|\\[.*\\]):[0-9]+$" (trim .) }}{{ $ports = append $ports (regexFind "[0-9]+$" (trim .)) }}{{ end -}}
{{- end -}}
{{- join "," (uniq $ports) -}}
{{- end -}}
