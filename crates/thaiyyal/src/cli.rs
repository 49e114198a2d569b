//! The command line: what can be asked for, and how it is spelled.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use thaiyyal_model::TenantId;

/// Durable workflows: drawn in the browser or posted as JSON, run to a recorded end.
#[derive(Debug, Parser)]
#[command(name = "thaiyyal", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (TOML); settings in the environment (THAIYYAL__…) win over it
    #[arg(long, global = true, value_name = "FILE", env = "THAIYYAL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How logs are written; `pretty` on a terminal, `json` otherwise
    #[arg(long, global = true, value_enum)]
    pub(crate) log_format: Option<LogFormat>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole product in one process on SQLite
    Dev(Dev),
    /// Serve the HTTP API and the web UI
    Api(Serve),
    /// Claim and run executions
    Worker(Serve),
    /// Run the background loops: relay, timers, reaper, sweeper
    Scheduler(Serve),
    /// Apply database migrations
    Migrate(Migrate),
    /// Run a workflow file in this process, without a server
    Run(Run),
    /// Check workflow files and print every problem
    Validate(Validate),
    /// Manage tenants, accounts and keys from the shell
    #[command(subcommand)]
    Admin(Admin),
    /// Check connections, migrations and the invariants of stored executions
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,
    /// Folder for the database and dev.json
    #[arg(long, default_value = "./thaiyyal-data")]
    pub(crate) data_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// More roles for this process
    #[arg(long = "role", value_enum, value_name = "ROLE", value_delimiter = ',')]
    pub(crate) roles: Vec<Role>,
    /// Address of the HTTP API; port 0 picks a free one
    #[arg(long)]
    pub(crate) addr: Option<SocketAddr>,
    /// Address of /metrics and /health for this process
    #[arg(long)]
    pub(crate) metrics_addr: Option<SocketAddr>,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub(crate) enum Role {
    /// HTTP, web UI, accepting, publishing.
    Api,
    /// Claiming and running.
    Worker,
    /// Background loops.
    Scheduler,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Only tell whether any are missing: exit code 3 if so
    #[arg(long)]
    pub(crate) check: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Workflow file (JSON), or `-` for standard input
    pub(crate) file: PathBuf,
    /// The input: JSON, or @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) input: Option<String>,
    /// Folder with the workflow files that sub_workflow nodes may name; the file's own without
    #[arg(long, value_name = "DIR")]
    pub(crate) workflows: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) output: OutputFormat,
    /// Let nodes call addresses of this machine and of private networks
    #[arg(long)]
    pub(crate) allow_private_network: bool,
    /// A signal for a node that waits for one of this name; may be repeated. A callback is `callback:NAME`, a decision `approval:NODE`
    #[arg(long = "signal", value_name = "NAME=JSON")]
    pub(crate) signals: Vec<String>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// One JSON document.
    Json,
    /// For people.
    Table,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// Workflow files (JSON), `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print the problems as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Create the first tenant, its owner and an API key, and print them as JSON
    Bootstrap(Bootstrap),
    /// Manage tenants
    #[command(subcommand)]
    Tenant(Tenant),
    /// Manage tiers: named limits that tenants are given
    #[command(subcommand)]
    Tier(Tier),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tier {
    /// Create a tier, or give one other limits; what it does not name stays as configured
    Set(SetTier),
    /// Print all tiers and their limits as JSON
    List,
}

#[derive(Debug, Args)]
pub(crate) struct SetTier {
    /// Name of the tier
    #[arg(value_parser = name)]
    pub(crate) name: String,
    /// A limit, such as max_nodes=200; null for none; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    pub(crate) limits: Vec<(String, serde_json::Value)>,
}

#[derive(Debug, Args)]
pub(crate) struct AssignTier {
    /// Id of the tenant
    pub(crate) tenant: TenantId,
    /// Name of the tier
    #[arg(long, required_unless_present = "no_tier", conflicts_with = "no_tier")]
    pub(crate) tier: Option<String>,
    /// Back to the limits of the configuration
    #[arg(long)]
    pub(crate) no_tier: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// Create one more tenant, its owner and an API key, and print them as JSON
    Create(CreateTenant),
    /// Give a tenant the limits of a tier; executions under way keep those they began with
    Limit(AssignTier),
}

#[derive(Debug, Args)]
pub(crate) struct CreateTenant {
    /// Name of the tenant
    #[arg(value_parser = name)]
    pub(crate) name: String,
    /// E-mail address of the owner, who must not have an account yet
    #[arg(long, value_parser = email)]
    pub(crate) email: String,
    /// Name of the owner
    #[arg(long, default_value = "Owner", value_parser = name)]
    pub(crate) owner: String,
}

#[derive(Debug, Args)]
pub(crate) struct Bootstrap {
    /// Name of the tenant
    #[arg(long, default_value = "Default", value_parser = name)]
    pub(crate) tenant: String,
    /// E-mail address of the owner
    #[arg(long, default_value = "owner@example.com", value_parser = email)]
    pub(crate) email: String,
    /// Name of the owner
    #[arg(long, default_value = "Owner", value_parser = name)]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Mend what can be mended
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Check the SQLite database of `thaiyyal dev` in this folder instead of the cluster
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
}

/// A name that pages and lists can show.
fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() {
        return Err("must not be empty");
    }
    if name.chars().count() > 200 {
        return Err("must have at most 200 characters");
    }
    if name.chars().any(char::is_control) {
        return Err("must not have control characters");
    }
    Ok(name.to_owned())
}

/// `name=value`; whether there is such a limit is for others to say.
fn limit(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE, such as max_nodes=200")?;
    let value = serde_json::from_str(value).map_err(|_| format!("{value:?} is no number"))?;
    Ok((name.trim().to_owned(), value))
}

/// An address somebody can sign in with; whether mail arrives there is not known.
fn email(text: &str) -> Result<String, &'static str> {
    let address = text.trim();
    let is_address = address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !is_address || address.len() > 254 || address.chars().any(|char| char.is_control() || char.is_whitespace()) {
        return Err("must be an e-mail address such as owner@example.com");
    }
    Ok(address.to_owned())
}
