{{- define "gitea.selector" -}}
app.kubernetes.io/name: gitea
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gitea.labels" -}}
{{- $version := .Values.image.tag | default .Chart.AppVersion | quote -}}
{{ include "gitea.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ $version }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app: gitea
version: {{ $version }}
{{- end }}

{{- define "gitea.image" -}}
{{- with .Values.image -}}
{{ $.Values.global.imageRegistry | default .registry }}/{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ if .rootless }}-rootless{{ end }}
{{- end -}}
{{- end }}

{{/* What all its containers have in common. */}}
{{- define "gitea.container" -}}
image: {{ include "gitea.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{ toJson .Values.containerSecurityContext }}
{{- end }}

{{- define "gitea.environment" -}}
- {name: GITEA_APP_INI, value: /data/gitea/conf/app.ini}
- {name: GITEA_CUSTOM, value: /data/gitea}
- {name: GITEA_WORK_DIR, value: /data}
- {name: GITEA_TEMP, value: /tmp/gitea}
- {name: TMPDIR, value: /tmp/gitea}
- {name: HOME, value: /data/gitea/git}
{{- end }}

{{- define "gitea.folders" -}}
- {name: temp, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- end }}

{{/* A probe without the key that only switches it on. The default handler gives way to another one. */}}
{{- define "gitea.probe" -}}
{{- $probe := omit . "enabled" -}}
{{- if or .httpGet .exec .grpc }}{{ $probe = omit $probe "tcpSocket" }}{{ end -}}
{{- toJson $probe -}}
{{- end }}

{{/* The settings of gitea.config with what the chart adds; as JSON, sections by name. */}}
{{- define "gitea.settings" -}}
{{- $added := dict
  "server" (dict "APP_DATA_PATH" "/data" "ENABLE_PPROF" false)
  "repository" (dict "ROOT" "/data/git/gitea-repositories")
  "metrics" (dict "ENABLED" .Values.gitea.metrics.enabled)
-}}
{{- $settings := mergeOverwrite $added (deepCopy .Values.gitea.config) -}}
{{- /* The program in the image is Gitea 1.26, which has this setting under its older name. */ -}}
{{- with dig "security" "ALLOWED_HOST_LIST" "" $settings -}}
{{- $_ := set $settings "webhook" (mergeOverwrite (dict "ALLOWED_HOST_LIST" .) ($settings.webhook | default dict)) -}}
{{- end -}}
{{- toJson $settings -}}
{{- end }}
