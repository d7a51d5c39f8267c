{{/* Names and labels that every manifest shares, and the parts of a pod that are alike. */}}

{{- define "plumb.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "plumb.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "plumb.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "plumb.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "plumb.selectorLabels" -}}
app.kubernetes.io/name: {{ include "plumb.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "plumb.labels" -}}
{{ include "plumb.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: plumb
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "plumb.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "plumb.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "plumb.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "plumb.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "plumb.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* One variable of the environment from one key of the existing secret: (list context VARIABLE key) */}}
{{- define "plumb.secretEnv" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ (index . 0).Values.existingSecret }}
      key: {{ index . 2 }}
{{- end }}

{{/* Variables of the environment that hold secret keys; the second key may be left out of the existing secret */}}
{{- define "plumb.secretKeys" -}}
{{ include "plumb.secretEnv" (list . "PLUMB_SECRET_KEY" "secret-key") }}
- name: PLUMB_ACCEPTED_SECRET_KEYS
  valueFrom:
    secretKeyRef:
      name: {{ .Values.existingSecret }}
      key: accepted-secret-keys
      optional: true
{{- end }}

{{- define "plumb.plainEnv" -}}
- name: PLUMB_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
- name: PLUMB_STORAGE_URL
  value: {{ .Values.storageUrl | quote }}
- name: PLUMB_SCAN_URL
  value: {{ .Values.scanUrl | quote }}
- name: PLUMB_LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: PLUMB_METRICS_PORT
  value: {{ .Values.metricsPort | quote }}
- name: PLUMB_HOME
  value: /var/lib/plumb
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "plumb.productEnv" -}}
{{ include "plumb.secretEnv" (list . "PLUMB_APP_DATABASE_URL" "app-database-url") }}
{{ include "plumb.secretEnv" (list . "PLUMB_PLATFORM_DATABASE_URL" "platform-database-url") }}
{{ include "plumb.secretEnv" (list . "PLUMB_REDIS_URL" "redis-url") }}
{{ include "plumb.secretKeys" . }}
{{ include "plumb.plainEnv" . }}
{{- end }}

{{- define "plumb.mounts" -}}
- name: home
  mountPath: /var/lib/plumb
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "plumb.podCommon" -}}
automountServiceAccountToken: false
securityContext:
  {{- include "plumb.podSecurity" . | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
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
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: home
    emptyDir: {}
  - name: tmp
    emptyDir: {}
{{- end }}

{{- define "plumb.metricsPort" -}}
- name: metrics
  containerPort: {{ .Values.metricsPort }}
{{- end }}

{{- define "plumb.metricsProbe" -}}
livenessProbe:
  httpGet: {path: /metrics, port: metrics}
  initialDelaySeconds: 20
  periodSeconds: 20
  timeoutSeconds: 5
{{- end }}
