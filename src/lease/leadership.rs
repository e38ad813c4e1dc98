//! Whether this replica leads: a value that ends by itself.

use std::future::pending;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Until when this replica leads, as the last renewal has it. It does not have to be told when that
/// time is over: a process that was stopped, and goes on after another took over, finds that it does
/// not lead.
#[derive(Clone, Debug)]
pub struct Leadership(watch::Receiver<Option<Instant>>);

impl Leadership {
    /// The value, and where its changes go.
    pub(super) fn new() -> (watch::Sender<Option<Instant>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// Whether this replica leads now. To be asked before each piece of work; costs no request.
    #[must_use]
    pub fn is_held(&self) -> bool {
        is_ahead(*self.0.borrow())
    }

    /// Returns once this replica leads; never, if its candidate was dropped.
    pub async fn gained(&mut self) {
        let closed = self.0.wait_for(|until| is_ahead(*until)).await.is_err();
        if closed {
            pending::<()>().await;
        }
    }

    /// Returns once this replica does not lead, or cannot know because its candidate was dropped.
    pub async fn lost(&mut self) {
        loop {
            let until = *self.0.borrow_and_update();
            let Some(until) = until.filter(|until| is_ahead(Some(*until))) else {
                return;
            };
            tokio::select! {
                () = sleep_until(until) => {}
                changed = self.0.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }
}

/// Whether the time is yet to come.
pub(super) fn is_ahead(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() < until)
}
