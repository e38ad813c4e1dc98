//! Characters, bytes, lines and columns of a text.
//!
//! The YAML parser counts characters, a splice counts bytes, and a person counts lines.

use std::fmt;

/// A place in a text as editors show it: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Turns the counts of one text into each other.
pub(crate) struct Index {
    /// The byte of every character; empty when all characters are one byte.
    bytes: Vec<usize>,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    length: usize,
}

impl Index {
    pub(crate) fn of(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(byte, _)| byte).collect()
        };
        let raw = text.as_bytes();
        let ends_a_line = |at: usize| match raw[at] {
            b'\n' => true,
            b'\r' => raw.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let mut lines = vec![0];
        lines.extend(
            (0..raw.len())
                .filter(|at| ends_a_line(*at))
                .map(|at| at + 1),
        );
        Self {
            bytes,
            lines,
            length: text.len(),
        }
    }

    /// The byte of the `character`-th character; the end of the text for what lies beyond it.
    pub(crate) fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            return character.min(self.length);
        }
        self.bytes.get(character).copied().unwrap_or(self.length)
    }

    /// The position of a byte of the text that this index was made of.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = self.lines[line - 1];
        let column = if self.bytes.is_empty() {
            byte - start
        } else {
            self.character(byte) - self.character(start)
        };
        Position {
            line,
            column: column + 1,
        }
    }

    fn character(&self, byte: usize) -> usize {
        self.bytes.partition_point(|at| *at < byte)
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    fn shown(text: &str, byte: usize) -> String {
        Index::of(text).position(byte).to_string()
    }

    #[test]
    fn columns_count_characters_and_not_bytes() {
        assert_eq!(shown("é: x", 4), "1:4");
        assert_eq!(Index::of("é: x").byte(3), 4);
    }

    #[test]
    fn every_kind_of_line_break_ends_one_line() {
        assert_eq!(shown("a\r\nb\rc\nd", 3), "2:1");
        assert_eq!(shown("a\r\nb\rc\nd", 5), "3:1");
        assert_eq!(shown("a\r\nb\rc\nd", 7), "4:1");
    }

    #[test]
    fn a_character_beyond_the_end_is_the_end() {
        assert_eq!(Index::of("ab").byte(9), 2);
        assert_eq!(Index::of("é").byte(9), 2);
        assert_eq!(shown("", 0), "1:1");
    }
}
