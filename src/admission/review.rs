//! An admission review, read and answered. What is in it is never printed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use json_patch::PatchOperation;
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionReview, META_API_VERSION_V1, META_KIND};
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::policy::Problem;

/// What a webhook has to say.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// How the object is to be changed, if it is admitted.
    pub(super) patch: Vec<PatchOperation>,
    /// What the author should know.
    pub(super) warnings: Vec<String>,
    /// Why it is not admitted.
    pub(super) refusal: Option<Refusal>,
}

/// Why an object is not admitted.
#[derive(Debug)]
pub(super) struct Refusal {
    /// As HTTP has it.
    code: u16,
    /// As Kubernetes has it.
    reason: &'static str,
    /// For people; ends with the remedy.
    message: String,
}

impl Refusal {
    /// The author has to change the object.
    pub(super) fn invalid(problem: &Problem) -> Self {
        Self {
            code: 422,
            reason: "Invalid",
            message: problem.message.clone(),
        }
    }

    /// Coffer cannot do its part just now.
    pub(super) fn unavailable(message: String) -> Self {
        Self {
            code: 503,
            reason: "ServiceUnavailable",
            message,
        }
    }
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..Self::default()
        }
    }
}

impl Verdict {
    /// A word for metrics.
    pub(super) fn result(&self) -> &'static str {
        match self {
            Self {
                refusal: Some(_), ..
            } => "refused",
            Self { patch, .. } if !patch.is_empty() => "patched",
            Self { warnings, .. } if !warnings.is_empty() => "warned",
            Self { .. } => "admitted",
        }
    }

    /// As the API server wants it: a patch in base64. (kube's own type writes it as a list of numbers, which
    /// is three times as long.)
    pub(super) fn answer(self, uid: &str) -> Json {
        let Self {
            patch,
            warnings,
            refusal,
        } = self;
        let mut response = json!({ "uid": uid, "allowed": refusal.is_none() });
        if !warnings.is_empty() {
            response["warnings"] = json!(warnings);
        }
        if let Some(Refusal {
            code,
            reason,
            message,
        }) = refusal
        {
            response["status"] = json!({
                "status": "Failure", "code": code, "reason": reason, "message": message,
            });
        } else if !patch.is_empty() {
            response["patchType"] = json!("JSONPatch");
            response["patch"] = json!(BASE64_STANDARD.encode(json!(patch).to_string()));
        }
        json!({ "apiVersion": META_API_VERSION_V1, "kind": META_KIND, "response": response })
    }
}

/// A request about an object of one kind.
pub(super) type Request<K> = AdmissionRequest<K>;

/// What the bytes are.
pub(super) enum Read<K: Resource> {
    /// A request about an object that reads.
    Typed(Box<Request<K>>),
    /// A request about an object that does not read as its kind.
    Mistyped(Box<Request<DynamicObject>>),
    /// No admission review.
    Nothing,
}

/// Reads a review. The error of an object that does not read would quote a value, so there is none.
pub(super) fn read<K>(body: &[u8]) -> Read<K>
where
    K: Resource + DeserializeOwned,
{
    if let Ok(AdmissionReview {
        request: Some(mut request),
        ..
    }) = serde_json::from_slice::<AdmissionReview<K>>(body)
    {
        complete(&mut request);
        return Read::Typed(Box::new(request));
    }
    match serde_json::from_slice::<AdmissionReview<DynamicObject>>(body) {
        Ok(AdmissionReview {
            request: Some(request),
            ..
        }) => Read::Mistyped(Box::new(request)),
        _ => Read::Nothing,
    }
}

/// The namespace of an object under review: at its creation it may not say so itself yet.
fn complete<K: Resource>(request: &mut Request<K>) {
    let namespace = request.namespace.clone();
    for object in [&mut request.object, &mut request.old_object]
        .into_iter()
        .flatten()
    {
        if object.namespace().is_none() {
            object.meta_mut().namespace.clone_from(&namespace);
        }
    }
}
