{{/*
Names are fixed, not made from the release's name: the custom resources are the cluster's, so there is
one Coffer in a cluster, and Helm refuses a second release because these names are taken.

No label tells of Helm here: Helm adds its own at install, and the same templates make the plain
manifest.
*/}}
{{- define "coffer.labels" -}}
app.kubernetes.io/name: coffer
app.kubernetes.io/part-of: coffer
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "coffer.selectorLabels" -}}
app.kubernetes.io/name: coffer
app.kubernetes.io/component: operator
{{- end }}

{{- define "coffer.image" -}}
{{- .Values.image.repository -}}
:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The operator adds the path, and caBundle where it makes the certificate itself. */}}
{{- define "coffer.webhookClientConfig" -}}
service:
  name: coffer-webhook
  namespace: {{ .Release.Namespace }}
  port: 443
{{- with .Values.admission.certificate.caBundle }}
caBundle: {{ . }}
{{- end }}
{{- end }}

{{/* Made without an identifier, or written back without the one that it has. */}}
{{- define "coffer.lacksIdentifier" -}}
(!has(object.metadata.labels) || !('coffer.dev/id' in object.metadata.labels))
&& (request.operation == 'CREATE'
|| has(oldObject.metadata.labels) && 'coffer.dev/id' in oldObject.metadata.labels)
{{- end }}
