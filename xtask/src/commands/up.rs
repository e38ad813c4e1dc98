//! `cargo xtask up`: a control plane with the operator, in the foreground until interrupted.

mod parts;

use std::{collections::HashSet, fs, io::Write as _, process::ExitCode};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    control_plane::{ControlPlane, Options},
    interrupt::Interrupt,
    manifest,
    operator::Operator,
    process::Guard,
    tools::{self, Tool},
    workspace,
};

use parts::Up;

/// The arguments of `cargo xtask up`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Run the operator's release build.
    #[arg(long)]
    release: bool,
    /// Print one line of JSON when ready, and nothing else on standard output.
    #[arg(long)]
    json: bool,
    /// How many operators run.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    replicas: u8,
    /// Run the control plane only.
    #[arg(long, conflicts_with = "replicas")]
    no_operator: bool,
}

/// Runs until interrupted, or until there is no API any more. Who kills an operator wants to see what the others do.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let Some(up) = interrupt.unless(start(&arguments)).await else {
        return Ok(Interrupt::exit_code());
    };
    let mut up = up?;
    if arguments.json {
        up.print_json()?;
    } else {
        up.print();
    }

    let failure = interrupt.unless(up.until_the_api_ends()).await;
    eprintln!("stopping");
    up.stop().await?;
    failure.map_or(Ok(ExitCode::SUCCESS), Err)
}

async fn start(arguments: &Arguments) -> Result<Up> {
    let Arguments {
        release,
        json: _,
        replicas,
        no_operator,
    } = arguments;
    let tools = tools::provide(&Tool::CONTROL_PLANE).await?;
    let binary = if *no_operator {
        None
    } else {
        Some(workspace::build_coffer(&Guard::start()?, *release).await?)
    };
    let objects = fs::read_to_string(workspace::manifest())
        .context("cannot read deploy/coffer.yaml, the rendered chart")
        .and_then(|text| manifest::without_deployments(&text));
    let objects = match objects {
        Ok(objects) => Some(objects),
        // Without the operator, an empty control plane is of use as well.
        Err(error) if *no_operator => {
            eprintln!("nothing is installed: {error:#}");
            None
        }
        Err(error) => return Err(error),
    };
    eprintln!("starting the control plane");
    let options = Options {
        objects,
        ..Options::default()
    };
    let control_plane = ControlPlane::start(&tools, &options).await?;
    let mut operators = Vec::new();
    if let Some(binary) = binary {
        eprintln!("starting the operator");
        for number in 1..=*replicas {
            let name = match replicas {
                1 => "operator".to_owned(),
                _ => format!("operator-{number}"),
            };
            operators.push(Operator::start(&control_plane, &binary, &name).await?);
        }
        for operator in &mut operators {
            operator.ready().await?;
        }
    }
    Ok(Up {
        operators,
        control_plane,
        ended: HashSet::new(),
    })
}

impl Up {
    fn print_json(&self) -> Result<()> {
        let line = json!({
            "kubeconfig": self.control_plane.kubeconfig(),
            "facade": self.operators.first().map(Operator::facade_url),
            "metrics": self.operators.first().map(Operator::metrics_url),
            "operator_pids": self.operators.iter().map(|o| o.process.id()).collect::<Vec<_>>(),
            "etcd": self.control_plane.etcd_url(),
        });
        let mut out = std::io::stdout();
        writeln!(out, "{line}")?;
        out.flush()?;
        Ok(())
    }

    fn print(&self) {
        println!("Ready. In another terminal:\n");
        println!(
            "  export KUBECONFIG={}",
            self.control_plane.kubeconfig().display()
        );
        println!(
            "  export PATH={}:$PATH    # kubectl",
            self.control_plane.programs().display()
        );
        println!("  kubectl get namespaces\n");
        for operator in &self.operators {
            println!(
                "The log of {} is {}",
                operator.process.spec().name(),
                operator.process.spec().log().display()
            );
            println!("its metrics are at {}/metrics", operator.metrics_url());
            println!("and its REST interfaces at {}", operator.facade_url());
        }
        println!("Ctrl-C stops everything and leaves nothing behind.");
    }
}
