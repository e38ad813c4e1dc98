//! What `cargo xtask up` started: looked after, and ended.

use std::{collections::HashSet, time::Duration};

use anyhow::Result;
use tokio::time::sleep;

use crate::{control_plane::ControlPlane, operator::Operator};

/// How often the processes are looked after.
const POLL: Duration = Duration::from_millis(200);

/// What runs.
#[derive(Debug)]
pub(super) struct Up {
    // Dropped first: it talks to the control plane.
    pub(super) operators: Vec<Operator>,
    pub(super) control_plane: ControlPlane,
    /// Whose end was told, by process id.
    pub(super) ended: HashSet<u32>,
}

impl Up {
    /// Waits until etcd or the API server ends by itself: with the end of its log.
    pub(super) async fn until_the_api_ends(&mut self) -> anyhow::Error {
        loop {
            if let Err(error) = self.look_after() {
                return error;
            }
            sleep(POLL).await;
        }
    }

    /// Tells who has ended, once. Fails when etcd or the API server has.
    fn look_after(&mut self) -> Result<()> {
        self.control_plane.serves()?;
        let operators = self.operators.iter_mut().map(|it| &mut it.process);
        let manager = &mut self.control_plane.controller_manager;
        for process in operators.chain([manager]) {
            if !self.ended.contains(&process.id())
                && let Some(status) = process.exited()?
            {
                self.ended.insert(process.id());
                let spec = process.spec();
                eprintln!(
                    "{} has ended ({status}); everything else goes on. Its log is {}",
                    spec.name(),
                    spec.log().display()
                );
            }
        }
        Ok(())
    }

    /// Ends everything, in order.
    pub(super) async fn stop(self) -> Result<()> {
        let Self {
            operators,
            control_plane,
            ended: _,
        } = self;
        for mut operator in operators {
            operator.process.stop().await?;
        }
        control_plane.stop().await?;
        Ok(())
    }
}
