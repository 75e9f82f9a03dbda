{{/* What the schema cannot say: one value names another, or a name is put together from several. */}}
{{- define "pingparrot.check" -}}
{{- $full := include "pingparrot.fullname" . }}
{{- if not (regexMatch "^[a-z]" $full) }}
{{- fail (printf "a Service cannot be called %q: give fullnameOverride, which begins with a letter." $full) }}
{{- end }}
{{- with .Values.alertmanagerConfig }}
{{- if .enabled }}
{{- if not (hasKey $.Values.integrations .integration) }}
{{- fail (printf "alertmanagerConfig.integration is %q, which is not in integrations: name one of %s." .integration (keys $.Values.integrations | sortAlpha | join ", ")) }}
{{- end }}
{{- if eq (index $.Values.integrations .integration).kind "grafana" }}
{{- fail (printf "alertmanagerConfig.integration is %q, whose kind is grafana: name one of kind alertmanager." .integration) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $path, $scaling := dict "autoscaling" .Values.autoscaling "worker.autoscaling" .Values.worker.autoscaling }}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) }}
{{- fail (printf "%s.minReplicas is %d, more than its maxReplicas, %d." $path (int $scaling.minReplicas) (int $scaling.maxReplicas)) }}
{{- end }}
{{- end }}
{{- $server := list . (dict "component" "server") }}
{{- range $path, $named := dict "extraEnv" (include "pingparrot.env" $server) "extraVolumes" (include "pingparrot.volumes" $server) }}
{{- $seen := dict }}
{{- range fromYamlArray $named }}
{{- if hasKey $seen .name }}
{{- fail (printf "%s has %q, which is there already: take it out; what the chart sets has a value of its own." $path .name) }}
{{- end }}
{{- $_ := set $seen .name true }}
{{- end }}
{{- end }}
{{- end }}
