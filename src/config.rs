//! Settings: defaults, then `signalbox.toml`, then `SIGNALBOX_…`, then the command line (CONTRACT, "Commands").
//!
//! Each source may leave anything out; the first that names a setting, from the command line down, decides it.
//! Nothing is guessed: an unknown key, an unreadable value or an address that is not safe to listen on is an error
//! that says how to fix it.

mod file;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::BoolishValueParser;
use serde::Deserialize;

use crate::store::conn::Target;
use file::File;

/// The file that is read from the working directory when `--config` names no other.
const FILE: &str = "signalbox.toml";
const LISTEN: &str = "127.0.0.1:8080";
/// The server library tells of each of its threads otherwise.
const LOG_LEVEL: &str = "info,actix_server=warn";
/// More threads for pages than this help no machine that SQLite serves.
const MOST_WORKERS: usize = 64;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, JSON lines otherwise
    #[default]
    Auto,
    /// For people
    Pretty,
    /// One JSON object a line
    Json,
}

/// What every command that opens the database understands.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CommonArgs {
    /// Settings file; signalbox.toml of the working directory is read when there is one
    #[arg(long, value_name = "FILE", env = "SIGNALBOX_CONFIG")]
    pub config: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER@HOST/NAME [default: sqlite:data/signalbox.db]
    #[arg(long, value_name = "ADDRESS", env = "SIGNALBOX_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Folder for everything Signalbox keeps beside the database [default: data]
    #[arg(long, value_name = "DIR", env = "SIGNALBOX_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// A second file for the signed checkpoints of the history, such as one on another disk
    #[arg(long, value_name = "FILE", env = "SIGNALBOX_AUDIT_COPY")]
    pub audit_copy: Option<PathBuf>,
    /// Folder in which backups are kept [default: backups in the data folder]
    #[arg(long, value_name = "DIR", env = "SIGNALBOX_BACKUP_DIR")]
    pub backup_dir: Option<PathBuf>,
    /// How log lines look [default: auto, which is pretty on a terminal and JSON lines otherwise]
    #[arg(long, value_name = "FORMAT", env = "SIGNALBOX_LOG", hide_possible_values = false)]
    pub log: Option<LogFormat>,
    /// What is logged: error, warn, info, debug, trace, or per module such as info,signalbox::runner=debug [default: info]
    #[arg(long, value_name = "LEVEL", env = "SIGNALBOX_LOG_LEVEL")]
    pub log_level: Option<String>,
}

/// What the server understands.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServeArgs {
    /// What every command understands.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Address of the console and the API [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "SIGNALBOX_LISTEN")]
    pub listen: Option<String>,
    /// Listen beyond this machine without TLS; passwords then travel readably
    #[arg(long, env = "SIGNALBOX_ALLOW_INSECURE_HTTP", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", value_parser = BoolishValueParser::new())]
    pub allow_insecure_http: Option<bool>,
    /// A host, address or network that flows may call although it is not public; may be given several times
    #[arg(long, value_name = "HOST[:PORT]", env = "SIGNALBOX_ALLOW_EGRESS", value_delimiter = ',')]
    pub allow_egress: Vec<String>,
    /// Send flows' calls for one origin to another, such as https://api.example=http://127.0.0.1:8081; the target may then
    /// be called although it is not public; may be given several times
    #[arg(long = "origin", value_name = "FROM=TO", env = "SIGNALBOX_ORIGIN", value_delimiter = ',')]
    pub origins: Vec<String>,
    /// A further host name under which browsers may reach the console; may be given several times
    #[arg(long, value_name = "HOST", env = "SIGNALBOX_ALLOWED_HOSTS", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,
    /// How browsers reach the console through a proxy, such as https://signalbox.example.org
    #[arg(long, value_name = "ORIGIN", env = "SIGNALBOX_PUBLIC_ORIGIN")]
    pub public_origin: Option<String>,
    /// Threads that answer pages and API calls [default: one a core]
    #[arg(long, value_name = "N", env = "SIGNALBOX_WORKERS")]
    pub workers: Option<usize>,
}

/// Settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where console and API listen.
    pub listen: SocketAddr,
    /// Which database.
    pub database: Target,
    /// Folder for everything that is kept beside the database.
    pub data_dir: PathBuf,
    /// A second file for the signed checkpoints of the history.
    pub audit_copy: Option<PathBuf>,
    /// Folder in which backups are kept.
    pub backup_dir: PathBuf,
    /// Whether a listen address beyond this machine without TLS was asked for.
    pub allow_insecure_http: bool,
    /// What flows may call although it is not public; `runner::http::egress::Allowed` reads each.
    pub allow_egress: Vec<String>,
    /// Where calls for an origin go instead, `FROM=TO`; `runner::http::origin::OriginRule` reads each.
    pub origins: Vec<String>,
    /// Further host names under which the console answers, lower-case and without ports.
    pub allowed_hosts: Vec<String>,
    /// How browsers reach the console through a proxy: scheme, host and port, nothing after it.
    pub public_origin: Option<String>,
    /// How log lines look.
    pub log: LogFormat,
    /// What is logged, as `tracing_subscriber::EnvFilter` reads it.
    pub log_level: String,
    /// Threads that answer requests.
    pub workers: usize,
}

impl Config {
    /// Reads the settings file and puts the sources on top of each other. The arguments hold the environment already.
    ///
    /// # Errors
    /// One line: which setting of which source is wrong, and how to put it right.
    pub fn load(args: &ServeArgs) -> Result<Self, String> {
        let file = match &args.common.config {
            Some(path) => File::read(path)?,
            None if Path::new(FILE).exists() => File::read(Path::new(FILE))?,
            None => File::default(),
        };
        Self::resolve(args, file)
    }

    /// The settings of a command other than the server, which listens nowhere.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn for_command(args: &CommonArgs) -> Result<Self, String> {
        // A server's environment may hold an address that only it needs to be allowed to listen on.
        Self::load(&ServeArgs { common: args.clone(), listen: Some(LISTEN.to_owned()), ..ServeArgs::default() })
    }

    fn resolve(args: &ServeArgs, file: File) -> Result<Self, String> {
        let common = &args.common;
        let data_dir = common.data_dir.clone().or(file.data_dir).unwrap_or_else(|| PathBuf::from("data"));
        let database = match common.database.clone().or(file.database) {
            Some(text) => Target::parse(&text)?,
            None => Target::Sqlite(data_dir.join("signalbox.db")),
        };
        let listen = args.listen.clone().or(file.listen).unwrap_or_else(|| LISTEN.to_owned());
        let config = Self {
            listen: address(&listen)?,
            database,
            backup_dir: absolute(common.backup_dir.clone().or(file.backup_dir).unwrap_or_else(|| data_dir.join("backups"))),
            data_dir,
            audit_copy: common.audit_copy.clone().or(file.audit_copy),
            allow_insecure_http: args.allow_insecure_http.or(file.allow_insecure_http).unwrap_or(false),
            allow_egress: cleaned(if args.allow_egress.is_empty() { file.allow_egress } else { args.allow_egress.clone() }),
            origins: cleaned(if args.origins.is_empty() { file.origins } else { args.origins.clone() }),
            allowed_hosts: hosts(if args.allowed_hosts.is_empty() { file.allowed_hosts } else { args.allowed_hosts.clone() })?,
            public_origin: args.public_origin.clone().or(file.public_origin).map(|text| origin(&text)).transpose()?,
            log: common.log.or(file.log).unwrap_or_default(),
            log_level: common.log_level.clone().or(file.log_level).unwrap_or_else(|| LOG_LEVEL.to_owned()),
            workers: workers(args.workers.or(file.workers))?,
        };
        config.refuse_readable_passwords()?;
        Ok(config)
    }

    /// Browsers send neither secure cookies nor `Sec-Fetch-*` over plain HTTP beyond loopback (TRUST, finding 12).
    fn refuse_readable_passwords(&self) -> Result<(), String> {
        if self.listen.ip().is_loopback() || self.allow_insecure_http || self.is_secure() {
            return Ok(());
        }
        Err(format!(
            "--listen {} is reachable from other machines and Signalbox itself speaks no TLS; listen on 127.0.0.1 behind a proxy, \
             or name the proxy's address with --public-origin https://…, or accept readable passwords with --allow-insecure-http",
            self.listen
        ))
    }

    /// Whether browsers reach the console by TLS, so that cookies may be bound to it.
    pub fn is_secure(&self) -> bool {
        self.public_origin.as_deref().is_some_and(|origin| origin.starts_with("https://"))
    }

    /// The host names under which the console answers: where it listens, its public origin, and those that were added.
    pub fn host_names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        if !self.listen.ip().is_unspecified() {
            names.push(if self.listen.is_ipv6() { format!("[{}]", self.listen.ip()) } else { self.listen.ip().to_string() });
        }
        let public = self.public_origin.as_ref().and_then(|text| url::Url::parse(text).ok());
        names.extend(public.and_then(|url| url.host_str().map(str::to_owned)));
        names.extend(self.allowed_hosts.iter().cloned());
        names.sort();
        names.dedup();
        names
    }

    /// Where a person on this machine opens the console.
    pub fn address(&self) -> String {
        self.public_origin.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }
}

/// As the table of backups keeps it: the same folder wherever a command is started.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| format!("--listen {text:?} is not ADDRESS:PORT; write for example {LISTEN} or [::1]:8080"))
}

fn origin(text: &str) -> Result<String, String> {
    let wrong = || format!("--public-origin {text:?} is not an origin; write scheme and host alone, such as https://signalbox.example.org");
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !bare || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    Ok(url.origin().ascii_serialization())
}

fn hosts(given: Vec<String>) -> Result<Vec<String>, String> {
    let host = |text: String| match url::Host::parse(&text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(format!("--allowed-hosts {text:?} is not a host name; write it without scheme and port")),
    };
    cleaned(given).into_iter().map(host).collect()
}

fn workers(given: Option<usize>) -> Result<usize, String> {
    let cores = || std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(MOST_WORKERS);
    match given {
        Some(n) if !(1..=MOST_WORKERS).contains(&n) => Err(format!("--workers {n} is out of range; use 1 to {MOST_WORKERS}")),
        given => Ok(given.unwrap_or_else(cores)),
    }
}

/// Entries without the blanks and the emptiness that environment variables bring.
fn cleaned(given: Vec<String>) -> Vec<String> {
    given.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests;
