//! Which bodies read.

use axum::body::Bytes;

use super::*;

fn reads<T: DeserializeOwned>(json: &'static str) -> bool {
    read::<T>(Whole(Ok(Bytes::from_static(json.as_bytes())))).is_ok()
}

#[test]
fn a_store_comes_by_itself_or_as_a_list_of_one() {
    for json in [r#"{"name":"a"}"#, r#"[{"name":"a"}]"#, "{}", r#"{"new":1}"#] {
        assert!(reads::<NewStores>(json), "{json}");
    }
    for json in [
        "[]",
        r#"["a"]"#,
        r#"[["a"]]"#,
        "[{},{}]",
        "null",
        r#""a""#,
        "{",
    ] {
        assert!(!reads::<NewStores>(json), "{json}");
    }
}

#[test]
fn values_without_the_names_of_their_fields_are_none() {
    assert!(reads::<Vec<Object<NewSecret>>>(
        r#"[{"name":"n","value":"v"}]"#
    ));
    assert!(!reads::<Vec<Object<NewSecret>>>(
        r#"[["n","v",["workers"],"c"]]"#
    ));
    assert!(reads::<Object<Changes>>(r#"{"value":"v","name":"n"}"#));
    assert!(!reads::<Object<Changes>>(r#"["v"]"#) && !reads::<Object<Changes>>("[]"));
    assert!(!reads::<Object<Which>>(r#"[["id"]]"#) && !reads::<Object<Copied>>(r#"["n"]"#));
}
