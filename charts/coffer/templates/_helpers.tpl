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
