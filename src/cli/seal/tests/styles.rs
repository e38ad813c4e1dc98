//! Every way to write a value, and everything around it that has to stay.

use super::{Manifest, sealed, secret};
use crate::cli::seal::problem::Note;

/// Seals the one value of `data`, which has to be `value`, and gives `data` back.
fn one(data: &str, value: &str) -> String {
    let (out, values) = sealed(&secret(data)).unwrap();
    assert_eq!(values, [value.as_bytes()]);
    out.strip_prefix(&secret("")).unwrap().to_owned()
}

#[test]
fn a_plain_value_stays_plain() {
    assert_eq!(
        one("    k: {value: a b}\n", "a b"),
        "    k: {value: coffer.v1.0}\n"
    );
    assert_eq!(
        one("    k:\n      value: a # b\n", "a"),
        "    k:\n      value: coffer.v1.0 # b\n"
    );
}

#[test]
fn a_plain_value_over_several_lines_becomes_one() {
    let data = "    k:\n      value: a\n        b\n\n        c\n      encoding: Text\n";
    let out = "    k:\n      value: coffer.v1.0\n      encoding: Text\n";
    assert_eq!(one(data, "a b\nc"), out);
}

#[test]
fn quotes_stay_quotes() {
    let single = "    k: { value : 'it''s' , encoding: Text } # 'x'\n";
    let out = "    k: { value : 'coffer.v1.0' , encoding: Text } # 'x'\n";
    assert_eq!(one(single, "it's"), out);
    let double = "    k:\n      \"value\": \"a\\\"\\n\\u00e9\" # \"\n";
    assert_eq!(
        one(double, "a\"\né"),
        "    k:\n      \"value\": \"coffer.v1.0\" # \"\n"
    );
    assert_eq!(
        one("    k:\n      value: \"\"\n", ""),
        "    k:\n      value: \"coffer.v1.0\"\n"
    );
}

#[test]
fn a_block_becomes_one_line() {
    for (header, value) in [
        ("|", "a\n b\n"),
        ("|-", "a\n b"),
        ("|+", "a\n b\n\n"),
        (">", "a\n b\n"),
        ("|2", "  a\n   b\n"),
        ("|2-", "  a\n   b"),
        ("|-2", "  a\n   b"),
    ] {
        let data =
            format!("    k:\n      value: {header}\n          a\n           b\n\n    l: {{}}\n");
        let (out, values) = sealed(&secret(&data)).unwrap();
        assert_eq!(String::from_utf8_lossy(&values[0]), value, "{header}");
        let empty = if header == "|+" { "" } else { "\n" };
        let expected = format!("    k:\n      value: coffer.v1.0\n{empty}    l: {{}}\n");
        assert_eq!(out.strip_prefix(&secret("")).unwrap(), expected, "{header}");
    }
}

#[test]
fn comments_around_a_block_stay_and_those_in_it_are_content() {
    let data = "    k:\n      # above\n      value: | # header | comment\n        a\n        # in\n\n      # below\n      encoding: Text # end\n";
    let out = "    k:\n      # above\n      value: coffer.v1.0 # header | comment\n\n      # below\n      encoding: Text # end\n";
    assert_eq!(one(data, "a\n# in\n"), out);
}

#[test]
fn a_block_whose_header_stands_on_the_next_line_is_found() {
    let data = "    k:\n      value: # >\n        |\n        a\n";
    assert_eq!(
        one(data, "a\n"),
        "    k:\n      value: # >\n        coffer.v1.0\n"
    );
}

#[test]
fn a_block_may_end_the_text_in_every_way() {
    for (end, value, rest) in [
        ("", "a\n", ""),
        ("\n", "a\n", "\n"),
        ("\n\n\n", "a\n", "\n\n\n"),
        ("\n...\n", "a\n", "\n...\n"),
        ("\n---\nx: 1\n", "a\n", "\n---\nx: 1\n"),
        ("\n# bye", "a\n", "\n# bye"),
    ] {
        let out = one(&format!("    k:\n      value: |\n        a{end}"), value);
        assert_eq!(
            out,
            format!("    k:\n      value: coffer.v1.0{rest}"),
            "{end:?}"
        );
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_stay() {
    let data =
        "    k:\r\n      value: |\r\n        a\r\n        b\r\n    l:\r\n      value: 'c'\r\n";
    let text = format!("\u{feff}{}", secret("").replace('\n', "\r\n"));
    let (out, values) = sealed(&format!("{text}{data}")).unwrap();
    assert_eq!(values, [b"a\nb\n".to_vec(), b"c".to_vec()]);
    let rest = "    k:\r\n      value: coffer.v1.0\r\n    l:\r\n      value: 'coffer.v1.1'\r\n";
    assert_eq!(out, format!("{text}{rest}"));
}

#[test]
fn characters_of_several_bytes_before_a_value_do_not_move_it() {
    let data = "    # größer 🔑\n    k: {encoding: Text, value: \"ключ 🔑\"} # ß\n    l: {value: |-\n      é}\n";
    assert!(
        sealed(&secret(data)).is_err(),
        "a block within braces is no YAML"
    );
    let data = "    # größer 🔑\n    k: {encoding: Text, value: \"ключ 🔑\"} # ß\n";
    let out = "    # größer 🔑\n    k: {encoding: Text, value: \"coffer.v1.0\"} # ß\n";
    assert_eq!(one(data, "ключ 🔑"), out);
}

#[test]
fn base64_is_decoded_and_its_mark_stays() {
    let data = "    k:\n      value: |\n        aGVs\n        bG8=\n      encoding: Base64\n";
    assert_eq!(
        one(data, "hello"),
        "    k:\n      value: coffer.v1.0\n      encoding: Base64\n"
    );
}

#[test]
fn anchors_and_string_tags_that_nobody_refers_to_stay() {
    for mark in [
        "&x ",
        "!!str ",
        "! ",
        "&x !!str ",
        "!!str\n        &x # c\n        ",
    ] {
        let data = format!("    k:\n      value: {mark}1.5x\n");
        let out = format!("    k:\n      value: {mark}coffer.v1.0\n");
        assert_eq!(one(&data, "1.5x"), out);
        let data = format!("    k:\n      value: {mark}|-\n        a\n");
        assert_eq!(one(&data, "a"), out);
    }
}

#[test]
fn an_explicit_key_is_a_key() {
    let data = "    k:\n      ? value # c\n      # d\n      : a\n";
    assert_eq!(
        one(data, "a"),
        "    k:\n      ? value # c\n      # d\n      : coffer.v1.0\n"
    );
}

#[test]
fn names_may_come_from_aliases() {
    let text = secret("    k: {value: a}\n")
        .replace("name: stripe", "name: &n stripe")
        .replace("name: payments", "name: *n");
    let manifest = Manifest::read(&text).unwrap();
    assert_eq!(manifest.secrets()[0].store, "stripe");
}

#[test]
fn json_stays_json() {
    let text = "{\n\t\"apiVersion\": \"coffer.dev/v1alpha1\",\n\t\"kind\": \"Secret\",\n\t\"metadata\": {\"name\":\"a\",\"namespace\":\"b\"},\n\t\"spec\": {\"storeRef\": {\"name\": \"c\"}, \"data\": {\"k\":{\"value\":\"x\\/\\\"\\u00e9\"},\"l\":{\"value\" : \"\"}}}\n}\n";
    let (out, values) = sealed(text).unwrap();
    assert_eq!(values, ["x/\"é".as_bytes(), b""]);
    let expected = text
        .replace("\"x\\/\\\"\\u00e9\"", "\"coffer.v1.0\"")
        .replace("\"value\" : \"\"", "\"value\" : \"coffer.v1.1\"");
    assert_eq!(out, expected);
    serde_json::from_str::<serde_json::Value>(&out).unwrap();
}

#[test]
fn many_documents_and_lists_are_walked() {
    let mine = secret("    k: {value: a}\n");
    let item = mine.replace('\n', "\n  ");
    let native =
        "apiVersion: v1\nkind: Secret\ndata: {value: {value: x}}\nspec: {data: {k: {value: y}}}\n";
    let other = "apiVersion: other.dev/v1\nkind: Secret\nspec: {data: {k: {value: 12}}}\n";
    let text = format!(
        "%YAML 1.2\n---\n{mine}...\n# c\n---\n{native}---\n{other}---\n---\napiVersion: v1\nkind: List\nitems:\n- {item}\n- {item}\n---\napiVersion: coffer.dev/v1alpha1\nkind: SecretList\nitems: [{{}}]\n"
    );
    let (out, values) = sealed(&text).unwrap();
    assert_eq!(values.len(), 3);
    let mut expected = text.clone();
    for at in 0..3 {
        expected = expected.replacen("{value: a}", &format!("{{value: coffer.v1.{at}}}"), 1);
    }
    assert_eq!(out, expected);
}

#[test]
fn values_that_coffer_makes_or_copies_are_not_asked_for() {
    for data in [
        "    b: {fromSecret: {name: x, key: y}}\n",
        "    b: {generate: {kind: Password, characters: {symbols: '-'}}}\n",
    ] {
        let (out, values) = sealed(&secret(data)).unwrap();
        assert!(values.is_empty());
        assert_eq!(out, secret(data));
    }
}

#[test]
fn a_text_without_a_secret_is_left_alone() {
    for text in [
        "",
        "\n",
        "# c\n",
        "a: [b, {c: *d}]\n".replace("*d", "d").as_str(),
        "--- x\n",
    ] {
        assert_eq!(sealed(text).unwrap().0, text);
    }
}

#[test]
fn what_is_odd_but_not_wrong_is_noted() {
    let template = secret("    k: {value: \"{{ x }}\"}\n");
    let annotated = secret("    k: {value: x}\n").replace(
        "{name: stripe}",
        "{name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: x}}",
    );
    for (text, note) in [
        (template.as_str(), Some(Note::LooksLikeATemplate)),
        (annotated.as_str(), Some(Note::LastApplied)),
        (secret("    k: {value: \"{{ x\"}\n").as_str(), None),
    ] {
        let manifest = Manifest::read(text).unwrap();
        let notes: Vec<_> = manifest.notes().iter().map(|(_, note)| *note).collect();
        assert_eq!(notes, Vec::from_iter(note), "{text}");
    }
}
