//! Cloudflare's command line.

mod callers;
mod secrets;
mod stores;

use tokio::process::Command;

use super::caller::Caller;

/// An identifier of nothing.
const UNKNOWN: &str = "00000000000000000000000000000000";

/// Someone with wrangler.
struct Wrangler {
    caller: Caller,
    token: String,
    /// `CLOUDFLARE_ACCOUNT_ID`; without it wrangler asks which accounts there are.
    account: Option<String>,
}

impl Wrangler {
    /// With an account that it is told.
    async fn new() -> Self {
        let caller = Caller::new().await;
        Self {
            token: caller.token.clone(),
            account: Some(caller.id().await),
            caller,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.caller.client("COFFER_TEST_WRANGLER");
        let base = format!("{}/client/v4", Caller::facade().display());
        command
            .args(arguments)
            .env("CLOUDFLARE_API_BASE_URL", base)
            .env("CLOUDFLARE_API_TOKEN", &self.token)
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_SEND_ERROR_REPORTS", "false")
            // It asks the package registry whether there is a newer one.
            .env("WRANGLER_HIDE_BANNER", "true")
            .env("CI", "1")
            .env("NO_COLOR", "1");
        if let Some(account) = &self.account {
            command.env("CLOUDFLARE_ACCOUNT_ID", account);
        }
        command
    }

    /// Runs what has to succeed, words with spaces between; what it printed, each row of a table with one space between
    /// its cells.
    async fn succeeds(&self, words: &str, stdin: &str) -> String {
        let ran = self.caller.run(self.of_store(words), stdin).await;
        assert_eq!(ran.code, 0, "{words}: {}{}", ran.out, ran.err);
        let cells = |line: &str| {
            line.replace('│', " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        ran.out.lines().map(cells).collect::<Vec<_>>().join("\n")
    }

    /// Runs what has to fail and to say this.
    async fn fails(&self, words: &str, stdin: &str, message: &str) {
        let ran = self.caller.run(self.of_store(words), stdin).await;
        assert_eq!(ran.code, 1, "{words}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(message), "{words}: {}", ran.err);
    }

    fn of_store(&self, words: &str) -> Command {
        let words: Vec<&str> = words.split(' ').collect();
        self.command(&[&["secrets-store"], &words[..], &["--remote"]].concat())
    }

    /// Makes the store `payments`; its identifier.
    async fn store(&self) -> String {
        let said = self.succeeds("store create payments", "").await;
        id_after(&said, "Created store! (Name: payments, ID: ")
    }
}

/// The identifier that follows these words.
fn id_after(said: &str, words: &str) -> String {
    let (_, rest) = said.split_once(words).unwrap_or_else(|| panic!("{said}"));
    let id: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(id.len(), 32, "{said}");
    id
}
