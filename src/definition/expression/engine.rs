//! Compiling and running with jaq: a library without side effects, an instant from the caller.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run as native, v};
use jaq_core::{Compiler, Ctx, DataT, Error, Lut, Native, ValX, Vars};
use jaq_json::{Num, Val};
use serde_json::Value;

use super::analyse::{self, analyse};
use super::convert::{self, Budget};
use super::errors::{evaluation, invalid, refused, too_much};
use super::guard::{self, Fuel, OutOfFuel};
use super::{Compiled, ExpressionError, Inner};

/// What filters work on: jaq's values, the function table and the caller's instant.
pub(super) struct Kind;

#[derive(Clone)]
pub(super) struct Data<'a> {
    lut: &'a Lut<Kind>,
    now_micros: i64,
    pub(super) fuel: &'a Fuel,
}

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

impl<'a> jaq_core::data::HasLut<'a, Kind> for Data<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        // Every step of an evaluation comes by here.
        self.fuel.burn(1);
        self.lut
    }
}

pub(super) type Filter = jaq_core::compile::Filter<Native<Kind>>;

/// The name under which the expression itself is defined.
pub(super) const MAIN: &str = "__main";

/// Trees up to this depth run on the caller's stack.
const SHALLOW: usize = 20;
/// The stack of a thread for parsing, compiling and running deep expressions.
const ROOMY: usize = 256 << 20;

/// Natives that reach the server, or that are replaced by ones that cannot overflow the stack.
const LEFT_OUT: &[&str] = &["env", "halt", "now", "localtime", "strflocaltime", "debug_empty", "stderr_empty", "fromjson"];
/// Library definitions built on those.
const DEFS_LEFT_OUT: &[&str] = &["halt", "halt_error", "debug", "stderr", "tonumber", "toboolean"];

struct Library {
    defs: Vec<(Def<&'static str>, BTreeSet<String>)>,
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let own = jaq_core::load::parse(include_str!("prelude.jq"), |p| p.defs()).unwrap_or_default();
        let upstream = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let kept = upstream.filter(|d| !DEFS_LEFT_OUT.contains(&d.name));
        let defs = kept.chain(own).map(|def| {
            let calls = analyse::calls_of(&def.body);
            (guard::guarded_def(def), calls)
        });
        Library { defs: defs.collect() }
    })
}

/// The definitions that a set of calls needs: a filter then holds a small table instead of the
/// whole library, and compiles in a fraction of the time.
fn needed(calls: &BTreeSet<String>) -> Vec<Def<&'static str>> {
    let defs = &library().defs;
    let mut wanted = calls.clone();
    // The compiler itself refers to this one.
    wanted.insert("!empty".to_owned());
    wanted.insert("empty".to_owned());
    loop {
        let before = wanted.len();
        for (def, calls) in defs {
            if wanted.contains(def.name) {
                wanted.extend(calls.iter().cloned());
            }
        }
        if wanted.len() == before {
            break;
        }
    }
    defs.iter().filter(|(def, _)| wanted.contains(def.name)).map(|(def, _)| def.clone()).collect()
}

fn natives() -> impl Iterator<Item = Fun<Kind>> {
    let upstream = jaq_core::funs::<Kind>().chain(jaq_std::funs()).chain(jaq_json::funs());
    let own: [Fun<Kind>; 3] = [
        native(("now", v(0), |cv| {
            let micros = cv.0.data().now_micros;
            bome(Ok(Val::from(micros as f64 / 1e6)))
        })),
        native(("fromjson", v(0), |cv| bome(from_json(&cv.1)))),
        native(("tonumber", v(0), |cv| bome(to_number(cv.1)))),
    ];
    upstream.filter(|(name, ..)| !LEFT_OUT.contains(name)).chain(own).chain(guard::natives())
}

/// JSON text with its depth bounded; jaq's own reader would overflow the stack.
fn from_json(val: &Val) -> Result<Val, Error<Val>> {
    let Val::TStr(bytes) = val else { return Err(Error::typ(val.clone(), "string")) };
    let value: Value = serde_json::from_slice(bytes).map_err(|e| Error::str(format_args!("cannot parse as JSON: {e}")))?;
    convert::to_val(&value, &mut Budget::new("The JSON text"), 0).map_err(Error::str)
}

fn to_number(val: Val) -> Result<Val, Error<Val>> {
    match &val {
        Val::Num(_) => Ok(val),
        Val::TStr(bytes) => match serde_json::from_slice::<serde_json::Number>(bytes) {
            Ok(n) => Ok(match n.as_i64() {
                Some(i) => Val::Num(Num::from_integral(i)),
                None => Val::Num(Num::Float(n.as_f64().unwrap_or(f64::NAN))),
            }),
            Err(_) => Err(Error::str(format_args!("cannot parse {val} as a number"))),
        },
        _ => Err(Error::str(format_args!("cannot parse {val} as a number"))),
    }
}

/// Compiles an expression without looking at the variables in scope.
pub(super) fn compile(text: &str) -> Result<Compiled, ExpressionError> {
    on_roomy_stack(|| compile_here(text))
}

fn compile_here(text: &str) -> Result<Compiled, ExpressionError> {
    let analysis = analyse(text)?;
    let arena = Arena::default();
    // The expression goes in as a definition, because a syntax tree can be handed over only so.
    let main = Def { name: MAIN, args: Vec::new(), body: guard::guarded(analysis.term) };
    let loader = Loader::new(needed(&analysis.calls).into_iter().chain([main]));
    let modules = loader.load(&arena, File { code: MAIN, path: () }).map_err(|_| invalid("The expression cannot be read."))?;
    let globals: Vec<String> = analysis.variables.iter().map(|name| format!("${name}")).collect();
    let filter =
        Compiler::<_, Kind>::default().with_funs(natives()).with_global_vars(globals.iter().map(String::as_str)).compile(modules).map_err(
            |errors| {
                let first = errors.iter().flat_map(|(_, undefined)| undefined.iter()).next();
                first.map_or_else(|| invalid("The expression cannot be compiled."), |(name, what)| undefined(name, what))
            },
        )?;
    let inner =
        Inner { text: text.to_owned(), weight: analysis.weight, variables: analysis.variables, roomy: analysis.depth > SHALLOW, filter };
    Ok(Compiled { inner: Arc::new(inner) })
}

fn undefined(name: &str, what: &jaq_core::compile::Undefined) -> ExpressionError {
    if let Some(error) = refused(name) {
        return error;
    }
    let names: BTreeSet<&str> = library().defs.iter().map(|(def, _)| def.name).collect();
    let near = names.into_iter().find(|known| crate::definition::validate::near(name, known));
    let near = near.map(|known| format!(" Did you mean {known}?")).unwrap_or_default();
    invalid(format!("Unknown {} \"{name}\", or called with another number of arguments.{near}", what.as_str()))
}

/// Runs a filter: the first output counts, none is null. Without a number of steps there is no end
/// to what it may take.
pub(super) fn run(
    expression: &Inner,
    input: &Value,
    vars: &[(&str, &Value)],
    now_micros: i64,
    steps: Option<u64>,
) -> Result<Value, ExpressionError> {
    let go = || run_here(expression, input, vars, now_micros, &steps.map_or_else(Fuel::unlimited, Fuel::of));
    if expression.roomy {
        return on_roomy_stack(go);
    }
    caught(go)
}

fn run_here(expression: &Inner, input: &Value, vars: &[(&str, &Value)], now_micros: i64, fuel: &Fuel) -> Result<Value, ExpressionError> {
    let mut budget = Budget::new("The expression's input");
    let mut bound = Vec::with_capacity(expression.variables.len());
    for name in &expression.variables {
        let value = vars.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let value = value.ok_or_else(|| invalid(format!("${name} has no value here.")))?;
        bound.push(convert::to_val(value, &mut budget, 0)?);
    }
    let input = convert::to_val(input, &mut budget, 0)?;
    let data = Data { lut: &expression.filter.lut, now_micros, fuel };
    let ctx = Ctx::<Kind>::new(data, Vars::new(bound));
    let first = expression.filter.id.run((ctx, input)).next();
    match first {
        None => Ok(Value::Null),
        Some(result) => convert::from_val(&outcome(result)?, &mut Budget::new("The expression's result"), 0),
    }
}

/// jaq's own helper for this ends the process on `halt`.
fn outcome(result: ValX<'_, Val>) -> Result<Val, ExpressionError> {
    result.map_err(|exception| match exception.get_err() {
        Ok(error) => evaluation(&error.to_string()),
        Err(_) => evaluation("it tried to stop the evaluation (halt or break), which is refused"),
    })
}

/// jaq is not ours: a panic in it (an overflow in arithmetic, say) fails the expression only.
fn caught<T>(go: impl FnOnce() -> Result<T, ExpressionError>) -> Result<T, ExpressionError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(go)).unwrap_or_else(|payload| {
        let tired = payload.is::<OutOfFuel>();
        Err(if tired { too_much() } else { evaluation("the evaluation broke off; the values may be out of range") })
    })
}

/// Runs on a thread whose stack holds whatever the caps let through.
fn on_roomy_stack<T: Send>(go: impl FnOnce() -> Result<T, ExpressionError> + Send) -> Result<T, ExpressionError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(ROOMY).spawn_scoped(scope, || caught(go));
        let joined = thread.map(std::thread::ScopedJoinHandle::join);
        match joined {
            Ok(Ok(result)) => result,
            _ => Err(evaluation("no thread could be started for it")),
        }
    })
}
