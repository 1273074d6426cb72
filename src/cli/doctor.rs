//! `signalbox doctor`: checks configuration, database and data, and says how to put right what is wrong.

mod data;
mod machine;

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::{fail, print_json, say};
use crate::config::{Config, ServeArgs};
use crate::runner::http::egress::Allowed;
use crate::runner::http::origin::OriginRule;
use crate::store::conn::Target;

/// The arguments of `signalbox doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print {"ok", "checks": [{name, status, message, fix}]} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    serve: ServeArgs,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// Fine.
    Ok,
    /// Works, but somebody should know.
    Warn,
    /// Does not work, or loses data.
    Fail,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
struct Findings(Vec<Check>);

impl Findings {
    fn ok(&mut self, name: &'static str, message: impl Into<String>) {
        self.0.push(Check { name, status: Status::Ok, message: message.into(), fix: None });
    }

    fn warn(&mut self, name: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Check { name, status: Status::Warn, message: message.into(), fix: Some(fix.into()) });
    }

    fn fail(&mut self, name: &'static str, message: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Check { name, status: Status::Fail, message: message.into(), fix: Some(fix.into()) });
    }

    fn healthy(&self) -> bool {
        self.0.iter().all(|check| check.status != Status::Fail)
    }
}

/// Checks everything; exit code 1 when something fails.
pub fn run(args: &Args) -> ExitCode {
    let mut findings = Findings::default();
    match Config::load(&args.serve) {
        Ok(config) => {
            configuration(&config, &mut findings);
            machine::check(&config, &mut findings);
            data::check(&config, &mut findings);
        }
        Err(message) => findings.fail("configuration", message, "correct the setting; nothing else was checked"),
    }
    match print(&findings, args.json) {
        Ok(()) if findings.healthy() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(message) => fail(message),
    }
}

fn print(findings: &Findings, json: bool) -> Result<(), String> {
    if json {
        return print_json(&json!({"ok": findings.healthy(), "checks": findings.0}));
    }
    for check in &findings.0 {
        let word = match check.status {
            Status::Ok => "ok  ",
            Status::Warn => "warn",
            Status::Fail => "FAIL",
        };
        say(format!("{word}  {}: {}", check.name, check.message));
        if let Some(fix) = &check.fix {
            say(format!("      {fix}"));
        }
    }
    Ok(())
}

fn configuration(config: &Config, findings: &mut Findings) {
    findings.ok("configuration", format!("database {}, data folder {}", config.database.redacted(), config.data_dir.display()));
    let beyond = !config.listen.ip().is_loopback();
    if beyond && !config.is_secure() {
        findings.warn(
            "http",
            format!("{} is reachable from other machines without TLS: passwords and sessions travel readably", config.listen),
            "listen on 127.0.0.1 behind a proxy with TLS, and name its address with --public-origin https://…",
        );
    } else if config.is_secure() {
        findings.ok("http", format!("{} behind {}", config.listen, config.address()));
    } else {
        findings.ok("http", format!("{} answers this machine only", config.listen));
    }
    let unreadable: Vec<String> = config.allow_egress.iter().filter_map(|text| text.parse::<Allowed>().err()).collect();
    if let Some(first) = unreadable.first() {
        findings.fail("egress", first.clone(), "correct --allow-egress (or allow_egress in the settings file)");
    } else if config.allow_egress.is_empty() {
        findings.ok("egress", "flows may call public addresses over https only");
    } else {
        findings.ok("egress", format!("flows may also call {}", config.allow_egress.join(", ")));
    }
    if let Some(first) = config.origins.iter().filter_map(|text| text.parse::<OriginRule>().err()).next() {
        findings.fail("origins", first, "correct --origin (or origins in the settings file)");
    } else if !config.origins.is_empty() {
        findings.ok("origins", format!("calls are sent elsewhere: {}", config.origins.join(", ")));
    }
    if let Target::Sqlite(path) = &config.database
        && path.is_dir()
    {
        findings.fail("database", format!("{} is a folder", path.display()), "name a file with --database sqlite:PATH");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_makes_it_unhealthy() {
        let mut findings = Findings::default();
        findings.ok("a", "fine");
        findings.warn("b", "so so", "look");
        assert!(findings.healthy());
        findings.fail("c", "broken", "mend it");
        assert!(!findings.healthy());
    }

    #[test]
    fn an_egress_entry_that_cannot_be_read_fails() {
        let args = ServeArgs { allow_egress: vec!["a b".into()], ..ServeArgs::default() };
        let mut findings = Findings::default();
        configuration(&Config::load(&args).unwrap(), &mut findings);
        assert!(findings.0.iter().any(|check| check.name == "egress" && check.status == Status::Fail));
    }
}
