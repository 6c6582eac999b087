{{- define "keda.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: keda-operator
app.kubernetes.io/component: operator
app.kubernetes.io/version: {{ quote .Chart.AppVersion }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Metadata of an object of the release's namespace: a list of the root and the object's name. */}}
{{- define "keda.metadata" -}}
{{- $root := first . -}}
name: {{ last . }}
namespace: {{ $root.Release.Namespace }}
labels:
  app.kubernetes.io/name: {{ last . }}
  {{- include "keda.labels" $root | nindent 2 }}
{{- end }}

{{- define "keda.cluster-metadata" -}}
name: {{ last . }}
labels:
  app.kubernetes.io/name: {{ last . }}
  {{- include "keda.labels" (first .) | nindent 2 }}
{{- end }}

{{/* What the three parts have in common: a list of the root, and the names of a part in the keys of values. */}}
{{- define "keda.container" -}}
{{- $root := first . -}}
{{- $part := last . -}}
{{- $image := index $root.Values.image $part.image -}}
image: {{ $root.Values.global.image.registry | default $image.registry }}/{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
securityContext: {{ index $root.Values.securityContext $part.key | toJson }}
resources: {{ index $root.Values.resources $part.key | toJson }}
env:
  - name: WATCH_NAMESPACE
    value: ""
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
volumeMounts:
  - name: certificates
    mountPath: /certs
    readOnly: true
{{- end }}

{{- define "keda.pod" -}}
nodeSelector:
  kubernetes.io/os: linux
volumes:
  - name: certificates
    secret:
      secretName: kedaorg-certs
{{- end }}
