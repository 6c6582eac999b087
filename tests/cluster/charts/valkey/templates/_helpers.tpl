{{- define "valkey.name" -}}
{{- $usual := contains "valkey" .Release.Name | ternary .Release.Name (printf "%s-valkey" .Release.Name) -}}
{{ .Values.fullnameOverride | default $usual }}
{{- end }}

{{- define "valkey.selector" -}}
app.kubernetes.io/name: valkey
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "valkey.labels" -}}
{{ include "valkey.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ quote .Chart.AppVersion }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "valkey.container" -}}
{{- with .Values.image -}}
image: {{ $.Values.global.imageRegistry | default .registry }}/{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
imagePullPolicy: {{ .pullPolicy }}
{{- end }}
securityContext: {{ toJson .Values.securityContext }}
{{- end }}

{{/* A probe of one's own replaces the handler and the times. */}}
{{- define "valkey.probe" -}}
{{- $ping := dict "exec" (dict "command" (list "valkey-cli" "ping")) -}}
{{ .customProbe | default (merge (omit . "enabled" "customProbe") $ping) | toJson }}
{{- end }}
