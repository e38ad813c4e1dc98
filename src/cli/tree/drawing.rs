//! Nodes as a drawing for people.

use super::node::Node;
use crate::cli::paint::{Paint, Tone};

/// Draws the stores with all below them; the namespaces are named where there may be several.
pub(super) fn draw(stores: &[Node], with_namespace: bool, paint: Paint) -> String {
    let mut out = String::new();
    for store in stores {
        let name = if with_namespace {
            format!("{}/{}", store.namespace, store.name)
        } else {
            store.name.clone()
        };
        out.push_str(&line(store, &format!("{} {name}", store.kind), paint));
        children(&mut out, store, "", paint);
    }
    out
}

fn children(out: &mut String, parent: &Node, indent: &str, paint: Paint) {
    let last = parent.children.len().saturating_sub(1);
    for (at, child) in parent.children.iter().enumerate() {
        let (branch, below) = if at == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let elsewhere = child.namespace != parent.namespace;
        let name = if elsewhere {
            format!("{}/{}", child.namespace, child.name)
        } else {
            child.name.clone()
        };
        out.push_str(indent);
        out.push_str(branch);
        out.push_str(&line(child, &format!("{} {name}", child.kind), paint));
        children(out, child, &format!("{indent}{below}"), paint);
    }
}

/// Name, state and reason, and what is not well behind a mark.
fn line(node: &Node, name: &str, paint: Paint) -> String {
    let mut text = name.to_owned();
    for part in [&node.state, &node.reason].into_iter().flatten() {
        text.push_str("  ");
        text.push_str(&paint.text(part, node.tone));
    }
    if let Some(problem) = &node.problem {
        // What waits goes on by itself; with the other someone has to act.
        let mark = if node.tone == Tone::Waiting {
            "…"
        } else {
            "✗"
        };
        for part in [
            "  ",
            &paint.text(mark, node.tone),
            " ",
            &problem.replace('\n', " "),
        ] {
            text.push_str(part);
        }
    }
    text.push('\n');
    text
}
