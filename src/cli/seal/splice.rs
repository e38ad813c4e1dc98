//! Puts envelopes in the place of values, and proves that nothing else changed.

use std::collections::HashMap;

use saphyr_parser::ScalarStyle;
use zeroize::Zeroizing;

use super::manifest::{Field, Manifest};
use super::problem::{Problem, Reason};
use super::yaml::tree::{Content, Node, Tree};

impl Manifest<'_> {
    /// The text with the value of each given field replaced.
    ///
    /// Only the bytes of those values change: comments, layout, line endings and byte order mark
    /// stay. Single and double quotes stay as well; a block becomes one plain line.
    ///
    /// The result is read again and compared with the original, node by node, before it is
    /// returned: a mistake in the splicing is an error here and never a damaged file.
    pub(crate) fn splice(
        &self,
        replacements: &[(&Field, String)],
    ) -> Result<Zeroizing<String>, Problem> {
        let mut edits = Vec::with_capacity(replacements.len() * 2);
        for (field, envelope) in replacements {
            let quote = match &self.tree.node(field.node).content {
                Content::Scalar {
                    style: ScalarStyle::SingleQuoted,
                    ..
                } => "'",
                Content::Scalar {
                    style: ScalarStyle::DoubleQuoted,
                    ..
                } => "\"",
                _ => "",
            };
            edits.push((
                field.extent.scalar.clone(),
                format!("{quote}{envelope}{quote}"),
            ));
            if let Some(block) = field.extent.block.clone() {
                edits.push((block, String::new()));
            }
        }
        edits.sort_by_key(|(range, _)| range.start);

        let mut out = Zeroizing::new(String::with_capacity(self.text.len()));
        let mut from = 0;
        for (range, new) in &edits {
            out.push_str(self.text.get(from..range.start).unwrap_or_default());
            out.push_str(new);
            from = range.end;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        self.compare(&out, replacements)?;
        Ok(out)
    }

    /// Errs unless `text` is this manifest with these replacements.
    fn compare<'r>(
        &self,
        text: &str,
        replacements: &'r [(&'r Field, String)],
    ) -> Result<(), Problem> {
        let Some((first, _)) = replacements.first() else {
            return Ok(());
        };
        let disturbed = |field: &Field| Problem {
            position: field.position,
            reason: Reason::WouldDisturb,
        };
        let new = Tree::read(text).map_err(|_| disturbed(first))?;
        let (before, after) = (self.tree.nodes(), new.nodes());
        if before.len() != after.len() || self.tree.documents() != new.documents() {
            return Err(disturbed(first));
        }
        let by_node = |(field, envelope): &'r (&'r Field, String)| (field.node, (*field, envelope));
        let wanted: HashMap<_, _> = replacements.iter().map(by_node).collect();
        for (id, (before, after)) in before.iter().zip(after).enumerate() {
            let replaced = wanted.get(&id);
            let (holds, field) = match replaced {
                Some((field, envelope)) => (reads(after, envelope), *field),
                None => (same_content(before, after), *first),
            };
            if !holds || before.anchor != after.anchor || before.tag != after.tag {
                return Err(disturbed(field));
            }
        }
        Ok(())
    }
}

fn reads(node: &Node, envelope: &str) -> bool {
    matches!(&node.content, Content::Scalar { text, .. } if text.as_str() == envelope)
}

fn same_content(before: &Node, after: &Node) -> bool {
    match (&before.content, &after.content) {
        (
            Content::Scalar {
                text: before,
                style: was,
            },
            Content::Scalar {
                text: after,
                style: is,
            },
        ) => before == after && was == is,
        (Content::Alias(before), Content::Alias(after)) => before == after,
        (Content::Sequence(before), Content::Sequence(after)) => before == after,
        (Content::Mapping(before), Content::Mapping(after)) => before == after,
        _ => false,
    }
}
