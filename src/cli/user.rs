//! `signalbox user`: people who may sign in.

use std::io::BufRead;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use serde_json::json;

use super::open::{database, one_line, within};
use super::{fail, print_json, say};
use crate::app::people::{self, NewUser};
use crate::app::{self, Ctx};
use crate::config::CommonArgs;
use crate::domain::access::Role;
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::store::people::{self as rows, User};

/// The arguments of `signalbox user`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a person with a role in the whole instance
    Add(Add),
    /// List people with their roles
    List(List),
    /// Keep a person from signing in, and end their sessions now
    Disable(Named),
    /// Let a disabled person sign in again
    Enable(Named),
    /// Give a person a new password, and end their sessions now
    Password(Password),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// E-mail address, to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// Name, as others see it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What they may do
    #[arg(long, value_name = "ROLE", value_parser = role_parser())]
    role: Role,
    #[command(flatten)]
    password: PasswordSource,
    /// Print the person as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Print a JSON array of {id, email, name, roles, disabled, created_at, last_sign_in_at}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The person's e-mail address or id
    #[arg(value_name = "ADDRESS", required_unless_present = "email")]
    who: Option<String>,
    /// The same, named
    #[arg(long, value_name = "ADDRESS", conflicts_with = "who")]
    email: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, clap::Args)]
struct Password {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, clap::Args)]
pub(super) struct PasswordSource {
    /// Read the password from the first line of standard input; otherwise one is made up and printed once
    #[arg(long)]
    password_stdin: bool,
}

/// Accepts the words of [`Role`].
pub(super) fn role_parser() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|word| word.parse::<Role>())
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    let done = match &args.command {
        Command::Add(args) => add(args),
        Command::List(args) => list(args),
        Command::Disable(named) => set_disabled(named, true),
        Command::Enable(named) => set_disabled(named, false),
        Command::Password(args) => password(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn add(args: &Add) -> Result<(), String> {
    let mut conn = database(&args.common)?;
    let password = args.password.take()?;
    let new = NewUser::check(&args.email, &args.name, &password.text).map_err(|error| one_line(&error.to_string()))?;
    let id = within(&mut conn, |conn, ctx| people::add(conn, ctx, &new, args.role))?;
    if args.json {
        let shown = password.made_up.then_some(&password.text);
        return print_json(&json!({"id": id, "email": new.email, "name": new.name, "role": args.role, "password": shown}));
    }
    say(format!("Added {} <{}> as {}.", new.name, new.email, args.role));
    password.show();
    Ok(())
}

fn list(args: &List) -> Result<(), String> {
    let mut conn = database(&args.common)?;
    let people = within(&mut conn, people::list)?;
    if args.json {
        let items: Vec<_> = people
            .iter()
            .map(|person| {
                let roles: Vec<_> = person.grants.iter().map(|g| json!({"workspace": g.workspace, "role": g.role})).collect();
                let user = &person.user;
                json!({
                    "id": user.id, "email": user.email, "name": user.name, "roles": roles, "disabled": user.disabled_at.is_some(),
                    "created_at": Micros(user.created_at).rfc3339(), "last_sign_in_at": user.last_sign_in_at.map(|at| Micros(at).rfc3339()),
                })
            })
            .collect();
        return print_json(&items.into());
    }
    if people.is_empty() {
        say("Nobody yet. Start the server and open its set-up link, or run \"signalbox user add\".");
        return Ok(());
    }
    let cells: Vec<[String; 4]> = people
        .iter()
        .map(|person| {
            let role = |g: &crate::domain::access::Grant| match &g.workspace {
                None => g.role.to_string(),
                Some(workspace) => format!("{} in {workspace}", g.role),
            };
            let roles: Vec<String> = person.grants.iter().map(role).collect();
            let state = if person.user.disabled_at.is_some() { "disabled" } else { "" };
            [person.user.email.clone(), person.user.name.clone(), roles.join(", "), state.to_owned()]
        })
        .collect();
    let width = |i: usize| cells.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let (email, name, roles) = (width(0), width(1), width(2));
    for row in &cells {
        let line = format!("{:email$}  {:name$}  {:roles$}  {}", row[0], row[1], row[2], row[3]);
        say(line.trim_end());
    }
    Ok(())
}

fn set_disabled(named: &Named, disabled: bool) -> Result<(), String> {
    let mut conn = database(&named.common)?;
    let user = within(&mut conn, |conn, ctx| {
        let user = find(conn, ctx, named.name())?;
        if user.disabled_at.is_some() == disabled {
            let word = if disabled { "disabled" } else { "enabled" };
            return Err(app::Error::refused("already", format!("{} is {word} already.", user.email)));
        }
        people::set_disabled(conn, ctx, &user.id, disabled)?;
        Ok(user)
    })?;
    say(format!("{} {}.", if disabled { "Disabled" } else { "Enabled" }, user.email));
    Ok(())
}

fn password(args: &Password) -> Result<(), String> {
    let mut conn = database(&args.named.common)?;
    let user = within(&mut conn, |conn, ctx| find(conn, ctx, args.named.name()))?;
    let password = args.password.take()?;
    let new = NewUser::check(&user.email, &user.name, &password.text).map_err(|error| one_line(&error.to_string()))?;
    within(&mut conn, |conn, ctx| people::reset_password(conn, ctx, &user.id, &new.password_hash))?;
    say(format!("Changed the password of {}; their sessions are ended.", user.email));
    password.show();
    Ok(())
}

/// A person by e-mail address or id.
pub(super) fn find(conn: &mut Conn, _ctx: &Ctx, name: &str) -> app::Result<User> {
    let name = name.trim();
    let found = match rows::by_email(conn, &name.to_lowercase())? {
        Some(user) => Some(user),
        None => rows::get(conn, name)?,
    };
    found.ok_or_else(|| app::Error::NotFound(format!("there is no person {name}; \"signalbox user list\" shows them")))
}

impl Named {
    fn name(&self) -> &str {
        self.who.as_deref().or(self.email.as_deref()).unwrap_or_default()
    }
}

/// A password and whether it has to be shown.
pub(super) struct Taken {
    pub text: String,
    pub made_up: bool,
}

impl PasswordSource {
    pub(super) fn take(&self) -> Result<Taken, String> {
        if !self.password_stdin {
            return Ok(Taken { text: made_up()?, made_up: true });
        }
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(|error| format!("the password cannot be read from standard input: {error}"))?;
        Ok(Taken { text: line.trim_end_matches(['\r', '\n']).to_owned(), made_up: false })
    }
}

impl Taken {
    fn show(&self) {
        if self.made_up {
            say(format!("Password, shown only now: {}", self.text));
        }
    }
}

/// 100 random bits in groups that can be read out.
fn made_up() -> Result<String, String> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes = [0u8; 20];
    getrandom::fill(&mut bytes).map_err(|error| format!("the operating system gives no randomness: {error}"))?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_passwords_are_good_enough_for_the_rules() {
        for _ in 0..20 {
            let password = made_up().unwrap();
            assert_eq!(password.len(), 23);
            assert_eq!(app::password::judge(&password, &["ada@example.org"]), Ok(()), "{password}");
        }
    }
}
