//! Tables as kubectl prints them: columns three blanks apart, no lines, nothing cut off.

use super::paint::{Paint, Tone};

/// The blanks between two columns.
const GAP: usize = 3;

/// Rows of cells under their headings.
#[derive(Debug)]
pub(super) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// A text, and whether it tells of something good or bad.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// With a tone of its own.
    pub(super) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        let text = text.into();
        Self { text, tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl Table {
    pub(super) fn new(headings: Vec<&'static str>) -> Self {
        let rows = Vec::new();
        Self { headings, rows }
    }

    /// Adds a row of as many cells as there are headings.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells);
    }

    /// The text. A message of several lines becomes one.
    pub(super) fn render(&self, paint: Paint) -> String {
        let headings: Vec<Cell> = self.headings.iter().map(|text| Cell::from(*text)).collect();
        let lines: Vec<&Vec<Cell>> = std::iter::once(&headings).chain(&self.rows).collect();
        let widths: Vec<usize> = (0..headings.len())
            .map(|column| lines.iter().map(|line| width(&line[column].text)).max())
            .map(Option::unwrap_or_default)
            .collect();
        let mut out = String::new();
        for line in lines {
            let mut blanks = 0;
            for (cell, column) in line.iter().zip(&widths) {
                let text = cell.text.replace(['\n', '\r', '\t'], " ");
                if !text.is_empty() {
                    out.push_str(&" ".repeat(blanks));
                    blanks = 0;
                }
                out.push_str(&paint.text(&text, cell.tone));
                blanks += column + GAP - width(&text);
            }
            out.push('\n');
        }
        out
    }
}

/// Characters, which in names and messages are as wide as they are many.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table};
    use crate::cli::paint::{Paint, Tone};

    fn table() -> Table {
        let mut table = Table::new(vec!["NAME", "STATE", "MESSAGE"]);
        table.row(vec!["a-long-name".into(), "".into(), "".into()]);
        let state = Cell::toned("é", Tone::Bad);
        table.row(vec!["b".into(), state, "two\nlines".into()]);
        table
    }

    #[test]
    fn columns_stand_below_each_other_and_no_line_ends_with_blanks() {
        let text = "NAME          STATE   MESSAGE\na-long-name\nb             é       two lines\n";
        assert_eq!(table().render(Paint::none()), text);
    }

    #[test]
    fn colours_do_not_move_the_columns() {
        let text = table().render(Paint::colours());
        let last = text.lines().last().unwrap();
        assert_eq!(last, "b             \u{1b}[31mé\u{1b}[0m       two lines");
    }
}
