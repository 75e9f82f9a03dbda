{{/* The pod of every kind: list root, dict of component, command, resources, and volumes that are only its own. */}}
{{- define "pingparrot.pod" -}}
{{- $root := index . 0 }}
{{- $kind := index . 1 }}
{{- $values := $root.Values }}
metadata:
  labels:
    {{- include "pingparrot.podLabels" (list $root $kind.component) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: pingparrot
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "pingparrot.serviceAccountName" $root }}
  {{- include "pingparrot.podSettings" $root | nindent 2 }}
  terminationGracePeriodSeconds: {{ int $values.terminationGracePeriodSeconds }}
  {{- with include "pingparrot.spread" (list $root $kind.component) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if or (and $values.rules.gitSync.enabled (not (eq $kind.component "migrate"))) $values.extraInitContainers }}
  initContainers:
    {{- if $values.rules.gitSync.enabled }}
    {{- include "pingparrot.gitSync" $root | trim | nindent 4 }}
    {{- end }}
    {{- with $values.extraInitContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    - name: pingparrot
      image: {{ include "pingparrot.image" (list $values.image $root.Chart.AppVersion) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [{{ $kind.command }}]
      env:
        {{- include "pingparrot.env" . | trim | nindent 8 }}
      {{- with $values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - {name: http, containerPort: 8080, protocol: TCP}
      startupProbe:
        {{- toYaml (merge (dict "httpGet" (dict "path" "/healthz" "port" "http")) $values.probes.startup) | nindent 8 }}
      livenessProbe:
        {{- toYaml (merge (dict "httpGet" (dict "path" "/healthz" "port" "http")) $values.probes.liveness) | nindent 8 }}
      readinessProbe:
        {{- toYaml (merge (dict "httpGet" (dict "path" "/readyz" "port" "http")) $values.probes.readiness) | nindent 8 }}
      {{- if and (eq $values.mode "distributed") $values.preStopSeconds (semverCompare ">=1.30-0" $root.Capabilities.KubeVersion.Version) }}
      lifecycle:
        preStop:
          sleep: {seconds: {{ int $values.preStopSeconds }}}
      {{- end }}
      {{- with $kind.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        {{- include "pingparrot.mounts" . | trim | nindent 8 }}
    {{- with $values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "pingparrot.volumes" . | trim | nindent 4 }}
{{- end }}

{{/* What every pod has, the migration's and the test's too. */}}
{{- define "pingparrot.podSettings" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Affinity and spread: list root, component. */}}
{{- define "pingparrot.spread" -}}
{{- $root := index . 0 }}
{{- $same := merge (dict "app.kubernetes.io/component" (index . 1)) (include "pingparrot.selector" $root | fromYaml) }}
{{- if $root.Values.affinity }}
affinity:
  {{- toYaml $root.Values.affinity | nindent 2 }}
{{- else if eq $root.Values.mode "distributed" }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- toYaml $same | nindent 14 }}
{{- end }}
{{- with $root.Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml (merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" $same))) | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "pingparrot.databaseEnv" -}}
{{- if eq .Values.mode "embedded" }}
- {name: PINGPARROT_DATABASE_URL, value: "sqlite:////var/lib/pingparrot/pingparrot.db"}
{{- else }}
- {name: PINGPARROT_DATABASE_URL_FILE, value: /run/secrets/pingparrot/database-url}
{{- end }}
{{- end }}

{{- define "pingparrot.env" -}}
{{- $root := index . 0 }}
{{- $values := $root.Values }}
{{- $config := $values.config }}
{{- include "pingparrot.databaseEnv" $root }}
- {name: PINGPARROT_SECRET_KEY_FILE, value: /run/secrets/pingparrot/secret-key}
{{- if $values.broker.existingSecret }}
- {name: PINGPARROT_BROKER_URL_FILE, value: /run/secrets/pingparrot/broker-url}
{{- end }}
{{- if ne (index . 1).component "worker" }}
- {name: PINGPARROT_BOOTSTRAP, value: /etc/pingparrot/bootstrap/bootstrap.yml}
{{- end }}
{{- with include "pingparrot.rulesPath" $root }}
- {name: PINGPARROT_RULES, value: {{ . | quote }}}
{{- end }}
{{- if include "pingparrot.fileMap" (list $root "roster") }}
- {name: PINGPARROT_ROSTER, value: /etc/pingparrot/roster}
{{- end }}
- {name: PINGPARROT_HOST, value: {{ $config.host | quote }}}
- {name: PINGPARROT_PORT, value: "8080"}
{{- with $config.publicUrl }}
- {name: PINGPARROT_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- with $config.trustedProxies }}
- {name: PINGPARROT_TRUSTED_PROXIES, value: {{ join "," . | quote }}}
{{- end }}
- {name: PINGPARROT_LOG_LEVEL, value: {{ $config.logLevel | quote }}}
- {name: PINGPARROT_LOG_FORMAT, value: {{ $config.logFormat | quote }}}
- {name: PINGPARROT_WEBHOOK_RETENTION_DAYS, value: {{ int $config.webhookRetentionDays | quote }}}
- {name: PINGPARROT_INCIDENT_RETENTION_DAYS, value: {{ int $config.incidentRetentionDays | quote }}}
- {name: PINGPARROT_MAX_BODY_BYTES, value: {{ int64 $config.maxBodyBytes | quote }}}
- {name: PINGPARROT_DELIVERY_THREADS, value: {{ int $config.deliveryThreads | quote }}}
- {name: PINGPARROT_TIME_ZONE, value: {{ $config.timeZone | quote }}}
{{- with $config.peer.url }}
- {name: PINGPARROT_PEER_URL, value: {{ . | quote }}}
- {name: PINGPARROT_PEER_KEY_FILE, value: /run/secrets/pingparrot/peer-key}
{{- end }}
{{- if $config.emergencyContacts.existingSecret }}
- {name: PINGPARROT_EMERGENCY_CONTACTS_FILE, value: /run/secrets/pingparrot/emergency-contacts}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "pingparrot.mounts" -}}
{{- $root := index . 0 }}
{{- $values := $root.Values }}
- {name: data, mountPath: /var/lib/pingparrot}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets/pingparrot, readOnly: true}
{{- if ne (index . 1).component "worker" }}
- {name: bootstrap, mountPath: /etc/pingparrot/bootstrap, readOnly: true}
{{- end }}
{{- if $values.rules.gitSync.enabled }}
- {name: rules, mountPath: /rules, readOnly: true}
{{- else if include "pingparrot.fileMap" (list $root "rules") }}
- {name: rules, mountPath: /etc/pingparrot/rules, readOnly: true}
{{- end }}
{{- if include "pingparrot.fileMap" (list $root "roster") }}
- {name: roster, mountPath: /etc/pingparrot/roster, readOnly: true}
{{- end }}
{{- range $values.roster.contactSecrets }}
- {name: contacts-{{ sha256sum . | trunc 12 }}, mountPath: /run/secrets/contacts/{{ . }}, readOnly: true}
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "pingparrot.volumes" -}}
{{- $root := index . 0 }}
{{- $values := $root.Values }}
{{- if and (eq $values.mode "embedded") $values.persistence.enabled $values.persistence.existingClaim }}
- name: data
  persistentVolumeClaim:
    claimName: {{ $values.persistence.existingClaim }}
{{- else if not (and (eq $values.mode "embedded") $values.persistence.enabled) }}
- {name: data, emptyDir: {}}
{{- end }}
- {name: tmp, emptyDir: {}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- include "pingparrot.secretSources" . | trim | nindent 6 }}
{{- if ne (index . 1).component "worker" }}
- name: bootstrap
  configMap:
    name: {{ include "pingparrot.fullname" $root }}-bootstrap
{{- end }}
{{- if $values.rules.gitSync.enabled }}
- {name: rules, emptyDir: {}}
- {name: git-tmp, emptyDir: {}}
{{- with include "pingparrot.gitSecret" $root }}
- name: git-secret
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- else }}
{{- with include "pingparrot.fileMap" (list $root "rules") }}
- name: rules
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}
{{- with include "pingparrot.fileMap" (list $root "roster") }}
- name: roster
  configMap:
    name: {{ . }}
{{- end }}
{{- range $values.roster.contactSecrets }}
- name: contacts-{{ sha256sum . | trunc 12 }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
