{{/* What the schema cannot say: it sees no other object, and no length of a name that is put together. */}}
{{- define "pingparrot.check" -}}
{{- $clash := list }}
{{- range $name, $_ := .Values.rules.files }}
{{- if hasKey $.Values.roster.files $name }}
{{- $clash = append $clash $name }}
{{- end }}
{{- end }}
{{- with $clash }}
{{- fail (printf "rules.files and roster.files both have %s: give one of them another name." (join ", " .)) }}
{{- end }}
{{- with .Values.alertmanagerConfig }}
{{- if and .enabled (not (hasKey $.Values.integrations .integration)) }}
{{- fail (printf "alertmanagerConfig.integration is %q, which is not in integrations: name one of %s." .integration (keys $.Values.integrations | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- end }}
