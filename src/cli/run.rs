//! `signalbox run`: executes one definition here.
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::check::{line, read};
use super::fail;
use crate::clock::Generate;
use crate::clock::SystemClock;
use crate::definition::{ComponentKind, Definition, Problem, Severity, components, duration, parse, validate};
use crate::domain::clock::Clock;
use crate::domain::ids::RunId;
use crate::runner::durable::Interrupted;
use crate::runner::expressions::{Evaluator, Settings};
use crate::runner::http::CallerBuilder;
use crate::runner::http::egress::{Allowed, Egress};
use crate::runner::http::origin::OriginRule;
use crate::runner::interpret::{Ceilings, Finished, RunFacts, World, execute};
use crate::runner::memory::{Flows, Memory};

/// The arguments of `signalbox run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The definition, YAML or JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The input: JSON, or @file with JSON or YAML
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = given)]
    input: Given,
    /// Send calls for one origin to another, e.g. https://api.example=http://127.0.0.1:8081; the target may be called
    /// although it is not public
    #[arg(long = "origin", value_name = "FROM=TO")]
    origins: Vec<OriginRule>,
    /// Let the flow call a host, address or network although it is not public, and over plain http
    #[arg(long = "allow-egress", value_name = "HOST[:PORT]")]
    egress: Vec<Allowed>,
    /// A variable of the environment, read as $environment.variables.K; the value is text
    #[arg(long = "var", value_name = "K=V", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Another definition that this one may call with `run: workflow`
    #[arg(long = "with", value_name = "FILE")]
    others: Vec<PathBuf>,
    /// Cancel the run after this long, e.g. 500ms, 60s, 5m, 1h or PT1M
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// Print {"state", "output", "error", "tasks"} instead of the output alone
    #[arg(long)]
    json: bool,
}

/// How a run came out, whatever stopped it.
struct Outcome {
    state: &'static str,
    output: Value,
    error: Value,
    tasks: Vec<String>,
}

/// Executes the definition; exit code 0 when the run completed.
pub fn run(args: &Args) -> ExitCode {
    let outcome = prepare(args).and_then(|prepared| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.map_err(|error| format!("the runtime cannot start: {error}"))?.block_on(prepared.go())
    });
    match outcome {
        Ok(outcome) => print(&outcome, args.json),
        Err(message) => fail(message),
    }
}

struct Prepared {
    definition: Definition,
    input: Value,
    facts: RunFacts,
    world: World,
    others: Vec<Definition>,
    timeout: Option<Duration>,
}

fn prepare(args: &Args) -> Result<Prepared, String> {
    let definition = load(&args.file)?;
    let others = args.others.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
    let mut egress = Egress { allowed: args.egress.clone(), own: Vec::new() };
    for rule in &args.origins {
        egress.allowed.push(rule.allows()?);
    }
    let http = CallerBuilder { egress, origins: args.origins.clone(), ..CallerBuilder::default() }.build()?;
    let expressions = Evaluator::new(Settings::this_program()?);
    let variables: Map<String, Value> = args.variables.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    Ok(Prepared {
        definition,
        input: args.input.value()?,
        facts: RunFacts { id: RunId::generate().to_string(), started_at: SystemClock.now(), variables, ..RunFacts::default() },
        world: World { http: Arc::new(http), expressions: Arc::new(expressions), ceilings: Ceilings::default() },
        others,
        timeout: args.timeout,
    })
}

impl Prepared {
    async fn go(self) -> Result<Outcome, String> {
        let flows = Flows { definitions: Arc::new(self.others), world: self.world.clone() };
        let mut context = Memory::new(Arc::new(SystemClock)).with_flows(flows);
        let limit = self.timeout.unwrap_or(Duration::MAX);
        let finished = tokio::select! {
            finished = execute(&self.definition, &self.facts, self.input, &mut context, &self.world) => finished,
            () = tokio::time::sleep(limit) => Err(Interrupted::Cancelled),
            _ = tokio::signal::ctrl_c() => Err(Interrupted::Cancelled),
        };
        let (state, output, error) = match finished {
            Ok(Finished::Completed(output)) => ("completed", output.into_value(), Value::Null),
            Ok(Finished::Faulted(error)) => ("faulted", Value::Null, error.to_value()),
            Err(Interrupted::Cancelled) => ("cancelled", Value::Null, Value::Null),
            Err(why) => return Err(format!("the run was interrupted: {why:?}")),
        };
        Ok(Outcome { state, output, error, tasks: context.tasks() })
    }
}

fn print(outcome: &Outcome, as_json: bool) -> ExitCode {
    let Outcome { state, output, error, tasks } = outcome;
    if as_json {
        println!("{}", json!({"state": state, "output": output, "error": error, "tasks": tasks}));
    } else if *state == "completed" {
        println!("{output:#}");
    } else {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        match *state {
            "faulted" => {
                eprintln!("signalbox: the run faulted at {}: {} ({} {})", text("instance"), text("detail"), text("type"), error["status"])
            }
            _ => eprintln!("signalbox: the run was cancelled: its time was over, or it was interrupted"),
        }
    }
    if *state == "completed" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A definition fit to run; what this build cannot execute is said now and faults when the run comes to it.
fn load(path: &Path) -> Result<Definition, String> {
    let file = path.display().to_string();
    let text = read(path)?;
    let definition = Definition::parse(&text).map_err(|problems| first(&file, &problems))?;
    let (errors, others): (Vec<_>, Vec<_>) = validate(&definition).into_iter().partition(|problem| problem.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(first(&file, &errors));
    }
    for problem in &others {
        eprintln!("{}", line(&file, problem));
    }
    for reference in components(&definition).iter().filter(|r| r.kind != ComponentKind::Variable) {
        let message = format!(
            "The {} “{}” lives in a workspace and is missing here: the step that needs it will fail. Run the flow on a server that has it.",
            reference.kind, reference.name
        );
        let place = definition.nearest_line(&reference.pointer);
        eprintln!("{}", line(&file, &Problem::of(Severity::Warning, &reference.pointer, message).at(place)));
    }
    Ok(definition)
}

/// The first problem, and how to see the others.
fn first(file: &str, problems: &[Problem]) -> String {
    let text = problems.first().map(|problem| line(file, problem)).unwrap_or_default();
    match problems.len() {
        0 | 1 => text,
        count => format!("{text} (and {} more: signalbox check {file})", count - 1),
    }
}

/// The input as given: JSON on the command line, or the name of a file.
#[derive(Clone, Debug)]
enum Given {
    Json(Value),
    File(PathBuf),
}

fn given(text: &str) -> Result<Given, String> {
    match text.strip_prefix('@') {
        Some(path) => Ok(Given::File(PathBuf::from(path))),
        None => serde_json::from_str(text).map(Given::Json).map_err(|error| format!("not JSON: {error}; use @file to read a file")),
    }
}

impl Given {
    fn value(&self) -> Result<Value, String> {
        match self {
            Given::Json(value) => Ok(value.clone()),
            Given::File(path) => parse::value(&read(path)?).map_err(|problems| first(&path.display().to_string(), &problems)),
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write K=V".to_owned()),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.starts_with('P') {
        return duration::fixed(&Value::String(text.to_owned()));
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("write a number and ms, s, m or h, for example 60s".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write a number and ms, s, m or h, for example 60s".to_owned())?;
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(|| "too long".to_owned())
}
