{{/* Where rules and roster come from. */}}

{{/* The ConfigMap with `rules` or `roster`, if there is one: list root, which. */}}
{{- define "pingparrot.fileMap" -}}
{{- $given := index (index . 0).Values (index . 1) }}
{{- if $given.files }}{{ include "pingparrot.fullname" (index . 0) }}-{{ index . 1 }}
{{- else }}{{ $given.existingConfigMap }}
{{- end }}
{{- end }}

{{- define "pingparrot.rulesPath" -}}
{{- if .Values.rules.gitSync.enabled }}/rules/current{{ with .Values.rules.gitSync.path }}/{{ trimAll "/" . }}{{ end }}
{{- else if include "pingparrot.fileMap" (list . "rules") }}/etc/pingparrot/rules
{{- end }}
{{- end }}

{{/* The sidecar that follows a repository, and what holds the server back until it has fetched once. */}}
{{- define "pingparrot.gitSync" -}}
{{- $git := .Values.rules.gitSync }}
- name: git-sync
  image: {{ include "pingparrot.image" (list $git.image "") }}
  imagePullPolicy: {{ $git.image.pullPolicy }}
  restartPolicy: Always
  env:
    - {name: GITSYNC_REPO, value: {{ $git.repository | quote }}}
    - {name: GITSYNC_REF, value: {{ $git.ref | quote }}}
    - {name: GITSYNC_ROOT, value: /rules}
    - {name: GITSYNC_LINK, value: current}
    - {name: GITSYNC_PERIOD, value: {{ $git.period | quote }}}
    - {name: GITSYNC_DEPTH, value: {{ $git.depth | quote }}}
    - {name: GITSYNC_MAX_FAILURES, value: "-1"}
    - {name: GITSYNC_STALE_WORKTREE_TIMEOUT, value: 1m} # whoever reads the old tree may finish
    {{- with $git.token }}
    {{- if .existingSecret }}
    {{- if .usernameKey }}
    - name: GITSYNC_USERNAME
      valueFrom:
        secretKeyRef: {name: {{ .existingSecret }}, key: {{ .usernameKey }}}
    {{- else }}
    - {name: GITSYNC_USERNAME, value: git}
    {{- end }}
    - {name: GITSYNC_PASSWORD_FILE, value: /etc/git-secret/{{ .passwordKey }}}
    {{- end }}
    {{- end }}
    {{- with $git.ssh }}
    {{- if .existingSecret }}
    - {name: GITSYNC_SSH_KEY_FILE, value: /etc/git-secret/{{ .privateKeyKey }}}
    - {name: GITSYNC_SSH_KNOWN_HOSTS, value: {{ ternary "true" "false" (ne .knownHostsKey "") | quote }}}
    {{- if .knownHostsKey }}
    - {name: GITSYNC_SSH_KNOWN_HOSTS_FILE, value: /etc/git-secret/{{ .knownHostsKey }}}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- with $git.extraEnv }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $git.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $git.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: rules, mountPath: /rules}
    - {name: git-tmp, mountPath: /tmp}
    {{- if include "pingparrot.gitSecret" . }}
    - {name: git-secret, mountPath: /etc/git-secret, readOnly: true}
    {{- end }}
- name: await-rules
  image: {{ include "pingparrot.image" (list .Values.image .Chart.AppVersion) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [python, -c]
  args:
    - |
      import os, sys, time
      path, end = sys.argv[1], time.monotonic() + float(sys.argv[2])
      while not os.path.exists(path) and time.monotonic() < end:
          time.sleep(0.2)
    - {{ include "pingparrot.rulesPath" . | quote }}
    - {{ $git.waitSeconds | quote }}
  resources:
    {{- toYaml (default .Values.resources $git.resources) | nindent 4 }}
  {{- with .Values.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: rules, mountPath: /rules, readOnly: true}
{{- end }}

{{- define "pingparrot.gitSecret" -}}
{{- default .Values.rules.gitSync.token.existingSecret .Values.rules.gitSync.ssh.existingSecret }}
{{- end }}
