{{/* Names and labels. */}}

{{- define "pingparrot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* At most 40 characters, so that every suffix fits into 63; without the dots that a release may have. */}}
{{- define "pingparrot.fullname" -}}
{{- $name := include "pingparrot.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | replace "." "-" | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "pingparrot.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "pingparrot.selector" -}}
app.kubernetes.io/name: {{ include "pingparrot.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pingparrot.labels" -}}
{{- $own := dict "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service }}
{{- $own = merge (include "pingparrot.selector" . | fromYaml) $own .Values.commonLabels }}
{{- toYaml $own }}
{{- end }}

{{/* Labels of pods: not the chart's version, whose change would restart them. List root, component. */}}
{{- define "pingparrot.podLabels" -}}
{{- $values := (index . 0).Values }}
{{- $own := dict "app.kubernetes.io/component" (index . 1) "app.kubernetes.io/version" (index . 0).Chart.AppVersion }}
{{- toYaml (merge $own (include "pingparrot.selector" (index . 0) | fromYaml) $values.podLabels $values.commonLabels) }}
{{- end }}

{{/* metadata of an object: list root, its name, and a dict of component, labels, annotations, namespace. */}}
{{- define "pingparrot.metadata" -}}
{{- $root := index . 0 }}
{{- $more := index . 2 }}
{{- $labels := merge (include "pingparrot.labels" $root | fromYaml) (default dict $more.labels) }}
{{- with $more.component }}{{- $_ := set $labels "app.kubernetes.io/component" . }}{{- end }}
name: {{ index . 1 }}
namespace: {{ default (include "pingparrot.namespace" $root) $more.namespace }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $more.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "pingparrot.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "pingparrot.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* An image: its values and the tag unless they say. */}}
{{- define "pingparrot.image" -}}
{{- $image := index . 0 }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}
{{- else }}{{ $image.repository }}:{{ default (index . 1) $image.tag }}
{{- end }}
{{- end }}

{{- define "pingparrot.url" -}}
http://{{ include "pingparrot.fullname" . }}.{{ include "pingparrot.namespace" . }}.svc:{{ .Values.service.port }}
{{- end }}

{{/* Which command takes webhooks: serve does everything, api leaves sending to workers. */}}
{{- define "pingparrot.command" -}}
{{- ternary "api" "serve" (ne .Values.broker.existingSecret "") }}
{{- end }}

{{- define "pingparrot.replicas" -}}
{{- if kindIs "invalid" .Values.replicaCount }}{{ ternary 1 2 (eq .Values.mode "embedded") }}
{{- else }}{{ int .Values.replicaCount }}
{{- end }}
{{- end }}
