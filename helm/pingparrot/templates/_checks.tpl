{{/* What the schema cannot say: one value names another. */}}
{{- define "pingparrot.check" -}}
{{- with .Values.alertmanagerConfig }}
{{- if and .enabled (not (hasKey $.Values.integrations .integration)) }}
{{- fail (printf "alertmanagerConfig.integration is %q, which is not in integrations: name one of %s." .integration (keys $.Values.integrations | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- end }}
