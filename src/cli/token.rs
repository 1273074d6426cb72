//! `signalbox token`: what programs sign in with.

use std::process::ExitCode;

use serde_json::json;

use super::open::{database, within};
use super::user::{find, role_parser};
use super::{fail, print_json, say};
use crate::app::token;
use crate::clock::SystemClock;
use crate::config::CommonArgs;
use crate::domain::access::Role;
use crate::domain::clock::{Clock, Micros};

/// The arguments of `signalbox token`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a token for a person and print it, alone and only now
    Create(Create),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Whose it is: e-mail address or id
    #[arg(long, value_name = "ADDRESS")]
    user: String,
    /// What it is for, such as the program that uses it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The most it may do; without it, what its owner may
    #[arg(long, value_name = "ROLE", value_parser = role_parser())]
    role: Option<Role>,
    /// How long it is good: days or weeks, such as 90d or 12w
    #[arg(long, value_name = "TIME", default_value_t = format!("{}d", token::DEFAULT_DAYS), value_parser = days_text)]
    expires: String,
    /// Print {"id", "token", "expires_at"} instead of the token alone
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    let Command::Create(args) = &args.command;
    match create(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn create(args: &Create) -> Result<(), String> {
    let days = days(&args.expires)?;
    let mut conn = database(&args.common)?;
    let now = SystemClock.now();
    let (id, secret) = within(&mut conn, |conn, ctx| {
        let user = find(conn, ctx, &args.user)?;
        if user.disabled_at.is_some() {
            return Err(crate::app::Error::refused("disabled", format!("{} is disabled, so a token could do nothing.", user.email)));
        }
        token::create(conn, ctx, &user, &args.name, args.role, days)
    })?;
    if args.json {
        return print_json(&json!({"id": id, "token": secret, "expires_at": now.plus(days * Micros::DAY).rfc3339()}));
    }
    say(secret);
    Ok(())
}

/// Reads `90d`, `12w` or a bare number of days.
fn days(text: &str) -> Result<i64, String> {
    let wrong = || "write a number of days or weeks, such as 90d or 12w".to_owned();
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: i64 = number.parse().map_err(|_| wrong())?;
    match unit {
        "" | "d" => Some(number),
        "w" => number.checked_mul(7),
        _ => None,
    }
    .filter(|days| (1..=token::MOST_DAYS).contains(days))
    .ok_or_else(|| if matches!(unit, "" | "d" | "w") { format!("let it live 1 to {} days", token::MOST_DAYS) } else { wrong() })
}

fn days_text(text: &str) -> Result<String, String> {
    days(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_days_or_weeks() {
        assert_eq!((days("90d"), days("2w"), days("7")), (Ok(90), Ok(14), Ok(7)));
        for wrong in ["", "d", "90x", "0d", "1000d", "99999999999999999999d", "9223372036854775807w", "-1d"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }
}
