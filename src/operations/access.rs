//! What a caller may do: what the API server's own rules say, asked by `SubjectAccessReview`, with the verb that
//! kubectl would use. There is no second set of rights.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, PostParams};
use moka::future::Cache;

use super::{Caller, Error};
use crate::api::wellknown::GROUP;

/// How long an answer holds: so long may a right that was taken away still be used.
pub(super) const LIFETIME: Duration = Duration::from_secs(5);

/// Answers kept.
const CAPACITY: u64 = 20_000;

/// A verb of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read one.
    Get,
    /// Read several.
    List,
    /// Make one.
    Create,
    /// Replace one.
    Update,
    /// Change part of one.
    Patch,
    /// Delete one.
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
        })
    }
}

/// What a right is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// `secretstores.coffer.dev`
    Stores,
    /// `secrets.coffer.dev`
    Secrets,
    /// `secretstores.coffer.dev/value`: the values of a store's secrets.
    Values,
}

impl Resource {
    fn parts(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Stores => ("secretstores", None),
            Self::Secrets => ("secrets", None),
            Self::Values => ("secretstores", Some("value")),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (resource, None) => write!(f, "{resource}.{GROUP}"),
            (resource, Some(sub)) => write!(f, "{resource}.{GROUP}/{sub}"),
        }
    }
}

/// One question to the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    caller: Arc<Caller>,
    verb: Verb,
    resource: Resource,
    /// Empty: in every namespace.
    namespace: Box<str>,
    /// Empty: whatever it is called.
    name: Box<str>,
}

/// Asks, and remembers for a moment what is allowed. What is not is asked again each time: the time of a refusal would
/// otherwise tell whether something of the kind was asked before, and with it what is there.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Access {
    client: Client,
    allowed: Cache<Question, ()>,
}

impl Access {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            allowed: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
        }
    }

    /// Whether the caller may do it with one object, or with all of a namespace. Both are asked for whether the object
    /// is there or not (`name` is then what the caller called it), so that neither the answer nor its time tells.
    ///
    /// # Errors
    /// [`Error::Forbidden`], or the API server does not answer.
    pub(super) async fn check(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        resource: Resource,
        namespace: &str,
        name: &str,
    ) -> Result<(), Error> {
        let is_allowed = self.allows(caller, verb, resource, namespace, "").await?
            || !name.is_empty() && self.allows(caller, verb, resource, namespace, name).await?;
        tracing::info!(
            target: "coffer::audit",
            user = caller.user,
            %verb,
            %resource,
            namespace,
            name,
            allowed = is_allowed,
            "access"
        );
        if is_allowed {
            Ok(())
        } else {
            Err(Error::Forbidden { verb, resource })
        }
    }

    /// Whether the caller may do it; nothing is noted.
    ///
    /// # Errors
    /// The API server does not answer.
    pub(super) async fn allows(
        &self,
        caller: &Arc<Caller>,
        verb: Verb,
        resource: Resource,
        namespace: &str,
        name: &str,
    ) -> Result<bool, Error> {
        let question = Question {
            caller: caller.clone(),
            verb,
            resource,
            namespace: namespace.into(),
            name: name.into(),
        };
        if self.allowed.get(&question).await.is_some() {
            return Ok(true);
        }
        let is_allowed = self.ask(&question).await?;
        if is_allowed {
            self.allowed.insert(question, ()).await;
        }
        Ok(is_allowed)
    }

    async fn ask(&self, question: &Question) -> Result<bool, Error> {
        let (resource, subresource) = question.resource.parts();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let review = SubjectAccessReview {
            spec: SubjectAccessReviewSpec {
                user: Some(question.caller.user.clone()),
                uid: question.caller.uid.clone(),
                groups: Some(question.caller.groups.clone()),
                extra: Some(question.caller.extra.clone()),
                resource_attributes: Some(ResourceAttributes {
                    group: Some(GROUP.to_owned()),
                    resource: Some(resource.to_owned()),
                    subresource: subresource.map(str::to_owned),
                    verb: Some(question.verb.to_string()),
                    namespace: some(&question.namespace),
                    name: some(&question.name),
                    ..ResourceAttributes::default()
                }),
                ..SubjectAccessReviewSpec::default()
            },
            ..SubjectAccessReview::default()
        };
        let answered = Api::all(self.client.clone())
            .create(&PostParams::default(), &review)
            .await
            .map_err(Error::api("ask what the caller may do"))?;
        Ok(answered.status.is_some_and(|status| status.allowed))
    }
}
