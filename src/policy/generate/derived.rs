//! What is delivered beside a generated value: its public half, and the value before it.

use super::recipe;
use crate::api::{Reason, Secret, SecretValue};
use crate::crypto::Plaintext;
use crate::policy::Problem;
use crate::policy::values::{self, Keys};

/// Ends the key of the value before a rotation.
pub const PREVIOUS: &str = ".previous";

/// Ends the key of a public half.
pub const PUBLIC: &str = ".pub";

/// What follows from the generated `value` of `spec.data.<key>`, by key. Public halves are not kept
/// anywhere: they follow from the private ones.
pub(in crate::policy) fn derived(
    secret: &Secret,
    keys: &impl Keys,
    key: &str,
    item: &SecretValue,
    value: &Plaintext,
) -> Result<Vec<(String, Plaintext)>, Problem> {
    let mut derived = Vec::new();
    let Some(generate) = &item.generate else {
        return Ok(derived);
    };
    let generator = recipe::generator(key, generate)?;
    let public_half = |key: &str, value: &Plaintext| {
        if !generator.has_public_half() {
            return Ok(None);
        }
        let public = generator.public_half(value);
        let public = public.ok_or_else(|| {
            let kind = generate.kind;
            recipe::invalid(
                key,
                &format!("value` is no {kind:?}: set the kind back to what made it"),
            )
        })?;
        Ok(Some((format!("{key}{PUBLIC}"), public)))
    };
    derived.extend(public_half(key, value)?);
    if let Some(previous) = item.generated.as_ref().and_then(|it| it.previous.as_ref()) {
        let key = format!("{key}{PREVIOUS}");
        let value = values::open_generated(secret, keys, &key, &previous.value)?;
        derived.extend(public_half(&key, &value)?);
        derived.push((key, value));
    }
    match derived
        .iter()
        .find(|(key, _)| secret.spec.data.contains_key(key))
    {
        Some((taken, _)) => Err(Problem::new(
            Reason::GeneratorInvalid,
            format!(
                "`spec.data.{taken}` is in the way of what `{key}` delivers: give it another key"
            ),
        )),
        None => Ok(derived),
    }
}
