//! What is read, and what is refused.

use proptest::prelude::*;

use super::{Problem, Reason, parse};

fn read(text: &str) -> Vec<(String, String)> {
    let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let values = parse(text).map_err(|problem| problem.to_string()).unwrap();
    values
        .into_iter()
        .map(|it| (it.key, text_of(it.value.expose())))
        .collect()
}

fn one(text: &str) -> String {
    let [(_, value)] = &read(text)[..] else {
        panic!("not one value")
    };
    value.clone()
}

fn refused(text: &str) -> Problem {
    parse(text).map(|_| ()).unwrap_err()
}

#[test]
fn usual_lines_are_read() {
    let text = "# comment\n\nA=1\nexport B=two words \n  C=3\nD=\nexport=x\nexport \t e=f\nurl=https://a/b?c=d&e=f\n";
    let pairs = read(text);
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("A", "1"),
            ("B", "two words"),
            ("C", "3"),
            ("D", ""),
            ("export", "x"),
            ("e", "f"),
            ("url", "https://a/b?c=d&e=f"),
        ]
    );
}

#[test]
fn single_quotes_take_everything_as_it_is() {
    assert_eq!(one("A='$a #b \\n \"c\"' # comment"), "$a #b \\n \"c\"");
    assert_eq!(one("A=''"), "");
}

#[test]
fn double_quotes_know_the_escapes_that_all_tools_know() {
    assert_eq!(one(r#"A="a\n\t\r\\\"\$b #c" # d"#), "a\n\t\r\\\"$b #c");
    assert_eq!(one("A=\"größe\""), "größe");
}

#[test]
fn a_dollar_that_can_be_no_variable_is_a_dollar() {
    assert_eq!(one("A=5$"), "5$");
    assert_eq!(one("A=\"$5 $$ $\""), "$5 $$ $");
}

#[test]
fn files_of_windows_are_read_alike() {
    assert_eq!(read("\u{feff}A=1\r\n\r\nB='x'\r\n"), read("A=1\n\nB='x'\n"));
}

#[test]
fn an_empty_file_has_no_values() {
    assert_eq!(read("\n# only a comment"), []);
}

#[test]
fn what_tools_read_differently_is_refused() {
    for (text, reason) in [
        ("A=pass#word", Reason::Hash),
        ("A=#x", Reason::Hash),
        ("A=x # comment?", Reason::Hash),
        ("A=x\t# comment?", Reason::Hash),
        ("A=it's", Reason::Unquoted),
        ("A={\"a\":1}", Reason::Unquoted),
        ("A=`x`", Reason::Unquoted),
        ("A=C:\\temp", Reason::Unquoted),
        ("A=x$HOME", Reason::Variable),
        ("A=${B}", Reason::Variable),
        ("A=$(date)", Reason::Variable),
        ("A=\"x $B\"", Reason::Variable),
        ("A=\"\\d\"", Reason::Escape),
        ("A=\"\\u00e9\"", Reason::Escape),
        ("A=\"x\"#y", Reason::AfterQuote),
        ("A = x", Reason::Blanks),
        ("A =x", Reason::Blanks),
        ("A= x", Reason::Blanks),
        ("A=\t'x'", Reason::Blanks),
        ("A='x\ny'", Reason::Unclosed),
        ("A=\"x\ny\"", Reason::Unclosed),
    ] {
        assert_eq!(refused(text), Problem { line: 1, reason }, "{text}");
    }
}

#[test]
fn what_is_broken_is_refused() {
    for (text, reason) in [
        ("hunter2", Reason::NoAssignment),
        ("export A", Reason::NoAssignment),
        ("A: b", Reason::NoAssignment),
        ("=x", Reason::Key),
        ("export =x", Reason::Key),
        ("A B=x", Reason::Key),
        ("größe=x", Reason::Key),
        ("..a=x", Reason::Key),
        ("A='x", Reason::Unclosed),
        ("A=\"x", Reason::Unclosed),
        ("A=\"x\\", Reason::Unclosed),
        ("A=\"x\" y", Reason::AfterQuote),
        ("A='it's'", Reason::AfterQuote),
    ] {
        assert_eq!(refused(text), Problem { line: 1, reason }, "{text}");
    }
}

#[test]
fn a_problem_names_its_line_and_quotes_nothing_of_it() {
    let problem = refused("A=1\n\n# c\nB=1\nA=hunter2\n");
    assert_eq!(
        problem.to_string(),
        "5: the key was given in line 1 already; remove one, tools differ in which of them counts"
    );
    for text in [
        "hunter2",
        "hunter2 =x",
        "A='hunter2",
        "A=hunter2#",
        "hunter 2=x",
    ] {
        let said = format!("{} {:?}", refused(text), refused(text));
        assert!(!said.contains("hunter"), "{said}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_fail_in_another_way_than_by_a_problem(text in "[A-Z='\"`$\\\\#{(é \\t\\n\\r]{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn whatever_has_no_single_quote_survives_in_single_quotes(value in "[^'\\r\\n]{0,40}") {
        prop_assert_eq!(one(&format!("A='{value}'\n")), value);
    }

    #[test]
    fn whatever_is_escaped_survives_in_double_quotes(value in "[^\\r]{0,40}") {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
        prop_assert_eq!(one(&format!("A=\"{escaped}\" # comment")), value);
    }
}
