{{/* Secrets: what is given, what is made, and how all of it comes into one directory. */}}

{{- define "pingparrot.secretKeyName" -}}
{{- default (printf "%s-secret-key" (include "pingparrot.fullname" .)) .Values.secretKey.existingSecret }}
{{- end }}

{{- define "pingparrot.adminSecretName" -}}
{{- default (printf "%s-admin" (include "pingparrot.fullname" .)) .Values.admin.existingSecret }}
{{- end }}

{{/* The Secret with an integration's API keys: list root, name, integration. */}}
{{- define "pingparrot.integrationSecretName" -}}
{{- $made := printf "%s-key-%s" (include "pingparrot.fullname" (index . 0)) (index . 1) | trunc 253 | trimSuffix "-" }}
{{- default $made (index . 2).existingSecret }}
{{- end }}

{{- define "pingparrot.integrationKeys" -}}
{{- toYaml (default (list "key") .keys) }}
{{- end }}

{{/* A Secret that is made once and kept: list root, name, key, new value, component. What `lookup` finds stays,
     and the Secret is immutable: where `lookup` sees nothing (Argo CD), a second value is refused, not taken. */}}
{{- define "pingparrot.madeOnce" -}}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
{{- $key := index . 2 }}
{{- $found := lookup "v1" "Secret" (include "pingparrot.namespace" $root) $name }}
{{- $value := index . 3 | b64enc }}
{{- if and $found (hasKey (default dict $found.data) $key) }}
{{- $value = index $found.data $key }}
{{- end }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "pingparrot.metadata" (list $root $name (dict "component" (index . 4) "annotations" (dict "helm.sh/resource-policy" "keep"))) | trim | nindent 2 }}
type: Opaque
immutable: true
data:
  {{ $key }}: {{ $value }}
{{- end }}

{{/* What /run/secrets/pingparrot holds: list root, dict of component. Workers take no webhooks: they see no keys. */}}
{{- define "pingparrot.secretSources" -}}
{{- $component := (index . 1).component }}
{{- with index . 0 }}
{{- $root := . }}
{{- include "pingparrot.secretFile" (list (include "pingparrot.secretKeyName" .) .Values.secretKey.key "secret-key") }}
{{- with .Values.database.existingSecret }}
{{- include "pingparrot.secretFile" (list . $root.Values.database.key "database-url") }}
{{- end }}
{{- with .Values.broker.existingSecret }}
{{- include "pingparrot.secretFile" (list . $root.Values.broker.key "broker-url") }}
{{- end }}
{{- with .Values.config.peer.existingSecret }}
{{- include "pingparrot.secretFile" (list . $root.Values.config.peer.key "peer-key") }}
{{- end }}
{{- with .Values.config.emergencyContacts.existingSecret }}
{{- include "pingparrot.secretFile" (list . $root.Values.config.emergencyContacts.key "emergency-contacts") }}
{{- end }}
{{- if ne $component "worker" }}
{{- if .Values.admin.email }}
{{- include "pingparrot.secretFile" (list (include "pingparrot.adminSecretName" .) .Values.admin.key "admin-password") }}
{{- end }}
{{- range $name, $integration := .Values.integrations }}
{{- $secret := include "pingparrot.integrationSecretName" (list $root $name $integration) }}
{{- range include "pingparrot.integrationKeys" $integration | fromYamlArray }}
{{- include "pingparrot.secretFile" (list $secret . (printf "integrations/%s/%s" $name .)) }}
{{- end }}
{{- with $integration.hmacSecret }}
{{- include "pingparrot.secretFile" (list .existingSecret (default "secret" .key) (printf "integrations/%s.hmac" $name)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pingparrot.secretFile" }}
- secret:
    name: {{ index . 0 }}
    items:
      - key: {{ index . 1 }}
        path: {{ index . 2 }}
{{- end }}

{{/* The file of PINGPARROT_BOOTSTRAP. */}}
{{- define "pingparrot.bootstrap" -}}
{{- $bootstrap := dict }}
{{- with .Values.admin }}
{{- if .email }}
{{- $_ := set $bootstrap "admin" (dict "email" .email "name" .name "password_file" "/run/secrets/pingparrot/admin-password") }}
{{- end }}
{{- end }}
{{- $integrations := dict }}
{{- range $name, $given := .Values.integrations }}
{{- $files := list }}
{{- range include "pingparrot.integrationKeys" $given | fromYamlArray }}
{{- $files = append $files (printf "/run/secrets/pingparrot/integrations/%s/%s" $name .) }}
{{- end }}
{{- $integration := dict "kind" (default "alertmanager" $given.kind) "key_files" $files }}
{{- if $given.hmacSecret }}
{{- $_ := set $integration "hmac_secret_file" (printf "/run/secrets/pingparrot/integrations/%s.hmac" $name) }}
{{- end }}
{{- with $given.allowIps }}
{{- $_ := set $integration "allow_ip" . }}
{{- end }}
{{- $_ := set $integrations $name $integration }}
{{- end }}
{{- $_ := set $bootstrap "integrations" $integrations }}
{{- toYaml $bootstrap }}
{{- end }}
