//! `.env` files.

use super::{CANARY, Desk, secrets};

#[test]
fn a_file_becomes_one_secret() {
    let desk = Desk::new();
    desk.file(
        ".env",
        "# shop\nexport TOKEN='hunter2-canary'\nURL=https://x/y?z=1\n",
    );
    let ran = desk.import(&["env", ".env", "--name", "shop-env", "-n", "shop"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let secret = &secrets(&ran.out)[0];
    assert_eq!(desk.open(secret, "TOKEN"), CANARY);
    assert_eq!(desk.open(secret, "URL"), "https://x/y?z=1");
    assert_eq!(secret.metadata.name.as_deref(), Some("shop-env"));
}

#[test]
fn several_files_go_into_one_secret_but_no_key_twice() {
    let desk = Desk::new();
    desk.file("a.env", "A=1\n");
    let args = ["env", "a.env", "-", "--name", "e", "-n", "shop"];
    let ran = desk.import(&args, "B=2\n");
    assert_eq!(secrets(&ran.out)[0].spec.data.len(), 2);
    let ran = desk.import(&args, "A=hunter2-canary\n");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "coffer: <stdin>: `A` is in a file before it as well; leave one of them out\n"
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_without_its_content() {
    let desk = Desk::new();
    let args = ["env", "-", "--name", "e", "-n", "shop"];
    for (text, words) in [
        ("A=1\nhunter2-canary\n", "<stdin>:2: there is no `=`"),
        (
            "A=hunter2-canary#\n",
            "<stdin>:1: a `#` is a comment to some tools",
        ),
        (
            "A=\"hunter2-canary\n",
            "<stdin>:1: the quote is not closed on this line",
        ),
        (
            "hunter2-canary x=1\n",
            "<stdin>:1: the key is empty, has other characters",
        ),
    ] {
        let ran = desk.import(&args, text);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    let ran = desk.import(&args, "# nothing\n");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("it has no data"), "{}", ran.err);
    let ran = desk.import(&["env", "-", "--name", "A_B", "-n", "shop"], "A=1");
    assert_eq!(ran.code, 2);
}
