//! The bytes of one scalar of a mapping, its block included.
//!
//! The parser's span of a quoted scalar reaches over the comment behind it, that of a block scalar
//! leaves out the header, and anchor and tag count as part of the node. So the bytes are looked up
//! here, from the end of the key onwards. A mistake cannot go unseen: the spliced text is read
//! again and compared.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

/// What to replace, and what to take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The scalar with its quotes; of a block scalar the indicators (`|`, `>-2`) only, so that a
    /// comment behind them stays.
    pub(crate) scalar: Range<usize>,
    /// The lines of a block scalar, from the break before the first to the end of the last.
    pub(crate) block: Option<Range<usize>>,
}

/// The bytes of the value of a key that ends at `key_end`; the parser saw the value end at `end`.
///
/// `None` when the text between is not what it should be.
pub(crate) fn of_value(
    text: &str,
    key_end: usize,
    end: usize,
    style: ScalarStyle,
) -> Option<Extent> {
    let colon = key_end + blank(text.get(key_end..)?);
    let after = text[colon..].starts_with(':').then_some(colon + 1)?;
    let start = skip_properties(text, after);
    let rest = &text[start..];
    match style {
        ScalarStyle::Plain => (start < end).then_some(Extent {
            scalar: start..end,
            block: None,
        }),
        ScalarStyle::SingleQuoted => quoted(rest, '\'', start),
        ScalarStyle::DoubleQuoted => quoted(rest, '"', start),
        ScalarStyle::Literal => rest.starts_with('|').then(|| block(text, start, end)),
        ScalarStyle::Folded => rest.starts_with('>').then(|| block(text, start, end)),
    }
}

/// The length of blanks, line breaks and comments at the start of `text`.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        if !rest.starts_with('#') {
            return text.len() - rest.len();
        }
        rest = rest.trim_start_matches(|c| c != '\n' && c != '\r');
    }
}

/// Where the content starts: after `&anchor` and `!tag`, in either order.
fn skip_properties(text: &str, from: usize) -> usize {
    let mut at = from + blank(&text[from..]);
    while text[at..].starts_with(['&', '!']) {
        at += text[at..]
            .find([' ', '\t', '\n', '\r'])
            .unwrap_or(text.len() - at);
        at += blank(&text[at..]);
    }
    at
}

fn quoted(rest: &str, quote: char, start: usize) -> Option<Extent> {
    let mut chars = rest.char_indices().peekable();
    chars.next_if(|(_, c)| *c == quote)?;
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            let doubled = quote == '\'' && chars.next_if(|(_, next)| *next == quote).is_some();
            if !doubled {
                return Some(Extent {
                    scalar: start..start + at + 1,
                    block: None,
                });
            }
        }
    }
    None
}

fn block(text: &str, start: usize, seen_end: usize) -> Extent {
    let header = text[start + 1..]
        .find(|c: char| !matches!(c, '+' | '-' | '0'..='9'))
        .map_or(text.len(), |length| start + 1 + length);
    let keeps_breaks = text[start..header].contains('+');
    let first_break = text[header..]
        .find(['\n', '\r'])
        .map_or(text.len(), |length| header + length);

    // The parser stops within the indentation of the line that follows the block.
    let mut end = seen_end.max(first_break);
    let line = text[..end].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    if text[line..end].trim_matches([' ', '\t']).is_empty() {
        end = line.max(first_break);
    }
    // The last break stays, and so do empty lines below the block: they are layout, unless `+`
    // made them part of the value.
    let body = &text[first_break..end];
    let kept = if keeps_breaks {
        body.strip_suffix("\r\n")
            .or_else(|| body.strip_suffix(['\n', '\r']))
            .unwrap_or(body)
    } else {
        body.trim_end_matches(['\n', '\r'])
    };
    Extent {
        scalar: start..header,
        block: Some(first_break..first_break + kept.len()),
    }
}

#[cfg(test)]
mod tests {
    use saphyr_parser::ScalarStyle;

    use super::of_value;

    /// What is left of `text` when the value is taken out and `X` put in its place.
    fn replaced(text: &str, end: usize, style: ScalarStyle) -> Option<String> {
        let extent = of_value(text, 1, end, style)?;
        let mut out = text.to_owned();
        if let Some(block) = extent.block {
            out.replace_range(block, "");
        }
        out.replace_range(extent.scalar, "X");
        Some(out)
    }

    #[test]
    fn a_comment_behind_a_block_header_stays() {
        let text = "v: |2- # why | not\n  a\n  # b\nw: 1\n";
        let end = text.find("w:").unwrap();
        assert_eq!(
            replaced(text, end, ScalarStyle::Literal).unwrap(),
            "v: X # why | not\nw: 1\n"
        );
    }

    #[test]
    fn empty_lines_below_a_block_stay_unless_they_are_its_content() {
        let text = "v: |\n  a\n\n\nw: 1\n";
        let end = text.find("w:").unwrap();
        assert_eq!(
            replaced(text, end, ScalarStyle::Literal).unwrap(),
            "v: X\n\n\nw: 1\n"
        );
        let text = "v: |+\n  a\n\n\nw: 1\n";
        let end = text.find("w:").unwrap();
        assert_eq!(
            replaced(text, end, ScalarStyle::Literal).unwrap(),
            "v: X\nw: 1\n"
        );
    }

    #[test]
    fn quotes_within_a_quoted_scalar_do_not_end_it() {
        let single = replaced("v: 'a''b' # '", 13, ScalarStyle::SingleQuoted);
        assert_eq!(single.unwrap(), "v: X # '");
        let double = replaced(r#"v: "a\"b\\" # ""#, 15, ScalarStyle::DoubleQuoted);
        assert_eq!(double.unwrap(), r#"v: X # ""#);
    }

    #[test]
    fn a_text_that_does_not_fit_the_style_has_no_extent() {
        assert_eq!(replaced("v: abc", 6, ScalarStyle::Literal), None);
        assert_eq!(replaced("v: 'abc", 7, ScalarStyle::SingleQuoted), None);
        assert_eq!(replaced("v abc", 5, ScalarStyle::Plain), None);
    }
}
