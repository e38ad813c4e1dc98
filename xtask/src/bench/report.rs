//! What a benchmark found: a table, and the ratios that are required.

use std::fmt;

/// The result of one benchmark.
#[derive(Debug, Clone)]
pub struct Report {
    /// The benchmark's name on the command line.
    pub name: &'static str,
    /// The heads of the table's columns.
    pub columns: Vec<&'static str>,
    /// The table's rows; the first cell names the row.
    pub rows: Vec<Vec<String>>,
    /// What must hold.
    pub requirements: Vec<Requirement>,
}

/// One ratio, and the bound that it is held to.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// What the ratio is of.
    pub what: String,
    /// As measured.
    pub ratio: f64,
    /// As required.
    pub bound: Bound,
}

/// On which side of a number a ratio has to be.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

impl Report {
    /// Whether every required ratio holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.requirements.iter().all(Requirement::holds)
    }

    /// The table in Markdown, aligned, and the requirements below it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(|&head| head.to_owned()).collect();
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| {
                let cells = self.rows.iter().map(|row| row[column].chars().count());
                cells.fold(heads[column].chars().count().max(2), usize::max)
            })
            .collect();
        let mut lines = vec![line(&heads, &widths), rule(&widths)];
        lines.extend(self.rows.iter().map(|row| line(row, &widths)));
        lines.push(String::new());
        lines.extend(self.requirements.iter().map(|one| format!("- {one}")));
        lines.join("\n")
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (cell, &width))| {
            // Names to the left, figures to the right.
            if at == 0 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
    format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
}

fn rule(widths: &[usize]) -> String {
    let dashes = widths.iter().enumerate().map(|(at, width)| match at {
        0 => "-".repeat(*width),
        _ => format!("{}:", "-".repeat(width - 1)),
    });
    format!("| {} |", dashes.collect::<Vec<_>>().join(" | "))
}

impl Requirement {
    /// Whether the ratio is within its bound.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.ratio >= bound,
            Bound::AtMost(bound) => self.ratio <= bound,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}", self.name, self.markdown())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ratio, bound) = match self.bound {
            Bound::AtLeast(bound) => (self.ratio, format!("at least {}", figure(bound))),
            Bound::AtMost(bound) => (self.ratio, format!("at most {}", figure(bound))),
        };
        let verdict = if self.holds() { "holds" } else { "MISSED" };
        write!(
            f,
            "{}: {} ({bound} required: {verdict})",
            self.what,
            figure(ratio)
        )
    }
}

/// A figure with three digits that count, and thousands apart.
#[must_use]
pub fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    let mut text = format!("{value:.decimals$}");
    let mut at = text.find('.').unwrap_or(text.len());
    while at > 3 {
        at -= 3;
        text.insert(at, ',');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Bound, Report, Requirement, figure};

    fn requirement(ratio: f64, bound: Bound) -> Requirement {
        Requirement {
            what: "speed".to_owned(),
            ratio,
            bound,
        }
    }

    #[test]
    fn figures_show_three_digits_and_group_thousands() {
        let figures = [0.8, 12.34, 567.8, 1_234.6, 1_234_567.0].map(figure);
        assert_eq!(figures, ["0.80", "12.3", "568", "1,235", "1,234,567"]);
    }

    #[test]
    fn a_bound_is_within_itself_and_says_so() {
        let held = requirement(0.8, Bound::AtLeast(0.8));
        assert_eq!(
            held.to_string(),
            "speed: 0.80 (at least 0.80 required: holds)"
        );
        assert!(requirement(1.5, Bound::AtMost(1.5)).holds());
    }

    #[test]
    fn what_cannot_be_measured_is_missed() {
        let missed = requirement(f64::NAN, Bound::AtMost(1.5));
        assert!(!missed.holds());
    }

    #[test]
    fn the_table_is_aligned() {
        let report = Report {
            name: "x",
            columns: vec!["what", "rate"],
            rows: vec![vec!["operator".to_owned(), "1".to_owned()]],
            requirements: Vec::new(),
        };
        assert_eq!(
            report.markdown(),
            "| what     | rate |\n| -------- | ---: |\n| operator |    1 |\n"
        );
    }
}
