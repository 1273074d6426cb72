//! What keeps a plain expression from taking too long or too much: fuel and sized operators.
//!
//! A short expression without any loop can still ask for more than there is: `[., .] | [., .] | ...`
//! doubles with every link. jaq has no hook to stop an evaluation, but each step asks our data for
//! the function table, and there the steps are counted. Operators that can make a value grow, or
//! that walk values, are replaced in the syntax tree (the library's included) by functions of ours
//! that look at sizes first. Their names begin with `!`, so no expression can name or hide them.

use std::cell::Cell;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{Fun, bome, run as native, v};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Part, Path};
use jaq_core::{Error, ValT};
use jaq_json::Val;
use jaq_std::ValT as _;

use super::engine::Kind;

/// Steps that a plain expression may take: a few seconds at most.
pub(super) const PLAIN_STEPS: u64 = 4_000_000;
/// The largest value that may come up while evaluating, in bytes of JSON, roughly.
const MAX_INNER: usize = 32 << 20;
/// The deepest.
const MAX_INNER_DEPTH: usize = 400;
/// Bytes that are walked or copied in about the time of one step.
const BYTES_A_STEP: usize = 32;

/// The payload with which an evaluation out of fuel is broken off.
pub(super) struct OutOfFuel;

/// Steps left in one evaluation.
pub(super) struct Fuel {
    left: Cell<u64>,
    unlimited: bool,
}

impl Fuel {
    /// Fuel for so many steps.
    pub(super) fn of(steps: u64) -> Fuel {
        Fuel { left: Cell::new(steps), unlimited: false }
    }

    /// For the guarded worker process, which has a deadline instead.
    pub(super) fn unlimited() -> Fuel {
        Fuel { left: Cell::new(0), unlimited: true }
    }

    /// Takes fuel. Without any left, unwinds to where the evaluation was started: nothing else can
    /// stop an iterator deep inside jaq, and an error could be caught by the expression itself.
    pub(super) fn burn(&self, steps: u64) {
        if self.unlimited {
            return;
        }
        match self.left.get().checked_sub(steps) {
            Some(left) => self.left.set(left),
            None => std::panic::resume_unwind(Box::new(OutOfFuel)),
        }
    }

    fn burn_bytes(&self, bytes: usize) {
        self.burn((bytes / BYTES_A_STEP) as u64);
    }
}

type Outcome = Result<Val, Error<Val>>;

/// The size of a value written out, or an error if that is beyond the cap. Shared parts count each
/// time: so would they when compared or written.
fn measure(val: &Val) -> Result<usize, Error<Val>> {
    fn add(val: &Val, depth: usize, sum: &mut usize) -> bool {
        *sum += match val {
            Val::TStr(bytes) | Val::BStr(bytes) => bytes.len() + 2,
            _ => 4,
        };
        *sum <= MAX_INNER
            && depth <= MAX_INNER_DEPTH
            && match val {
                Val::Arr(items) => items.iter().all(|item| add(item, depth + 1, sum)),
                Val::Obj(map) => map.iter().all(|(key, item)| add(key, depth + 1, sum) && add(item, depth + 1, sum)),
                _ => true,
            }
    }
    let mut sum = 0;
    if add(val, 0, &mut sum) { Ok(sum) } else { Err(too_large()) }
}

fn too_large() -> Error<Val> {
    Error::str(format_args!("a value in it grows larger than {} MiB or deeper than {MAX_INNER_DEPTH} levels", MAX_INNER >> 20))
}

/// The size of a value without what is in its parts.
fn shallow(val: &Val) -> usize {
    match val {
        Val::TStr(bytes) | Val::BStr(bytes) => bytes.len(),
        Val::Arr(items) => items.len() * 16,
        Val::Obj(map) => map.len() * 48,
        _ => 0,
    }
}

fn add(l: Val, r: Val, fuel: &Fuel) -> Outcome {
    let size = shallow(&l) + shallow(&r);
    if size > MAX_INNER {
        return Err(too_large());
    }
    // A left side that nobody else holds is extended in place.
    let copied = if is_shared(&l) { size } else { shallow(&r) };
    fuel.burn_bytes(copied);
    l + r
}

fn is_shared(val: &Val) -> bool {
    match val {
        Val::TStr(bytes) | Val::BStr(bytes) => !bytes.is_unique(),
        Val::Arr(items) => jaq_json::Rc::strong_count(items) > 1,
        Val::Obj(map) => jaq_json::Rc::strong_count(map) > 1,
        _ => false,
    }
}

fn multiply(l: Val, r: Val, fuel: &Fuel) -> Outcome {
    let times = |val: &Val| match val {
        Val::Num(_) => val.as_isize().map_or(usize::MAX, |i| usize::try_from(i).unwrap_or(0)),
        _ => 1,
    };
    let text = |val: &Val| matches!(val, Val::TStr(_) | Val::BStr(_));
    let size = match (text(&l), text(&r)) {
        (true, false) => shallow(&l).saturating_mul(times(&r)),
        (false, true) => shallow(&r).saturating_mul(times(&l)),
        _ => shallow(&l) + shallow(&r),
    };
    if size > MAX_INNER {
        return Err(too_large());
    }
    fuel.burn_bytes(size);
    l * r
}

/// Comparing walks both values as long as they agree: the smaller one bounds it.
fn compare(op: Cmp, l: &Val, r: &Val, fuel: &Fuel) -> Outcome {
    let smaller = match (l, r) {
        (Val::Arr(a), Val::Arr(b)) => Some(if a.len() < b.len() { l } else { r }),
        (Val::Obj(a), Val::Obj(b)) => Some(if a.len() < b.len() { l } else { r }),
        (Val::TStr(_), Val::TStr(_)) => Some(l),
        _ => None,
    };
    if let Some(smaller) = smaller {
        fuel.burn_bytes(measure(smaller)?);
    }
    Ok(Val::from(op.run(l, r)))
}

/// Looking for one value in another may try every place.
fn pairwise(l: &Val, r: &Val, fuel: &Fuel) -> Result<(), Error<Val>> {
    let work = match (l, r) {
        (Val::Arr(_) | Val::Obj(_), Val::Arr(_) | Val::Obj(_)) => measure(l)?.saturating_mul(measure(r)?.max(1)) / 64,
        _ => measure(l)?,
    };
    fuel.burn_bytes(work);
    Ok(())
}

/// A value as text: parts that are shared come out each time they occur.
fn text(val: Val, fuel: &Fuel) -> Outcome {
    if !matches!(val, Val::TStr(_) | Val::BStr(_)) {
        fuel.burn_bytes(measure(&val)?);
    }
    Ok(val.into_string())
}

fn sized(val: Val, fuel: &Fuel) -> Outcome {
    // The worker process has a memory limit, and loops in which measuring each time would be dear.
    if !fuel.unlimited {
        fuel.burn_bytes(measure(&val)?);
    }
    Ok(val)
}

macro_rules! binary {
    ($name:literal, $with:expr) => {
        native(($name, v(2), |(mut ctx, input)| {
            let (r, l) = (ctx.pop_var(), ctx.pop_var());
            // The left side is often the input itself; let go of it so that it can be extended in place.
            drop(input);
            bome($with(l, r, ctx.data().fuel))
        }))
    };
}

macro_rules! comparison {
    ($name:literal, $op:expr) => {
        binary!($name, |l: Val, r: Val, fuel: &Fuel| compare($op, &l, &r, fuel))
    };
}

/// The functions that stand in for operators.
pub(super) fn natives() -> [Fun<Kind>; 11] {
    [
        binary!("!add", add),
        binary!("!mul", multiply),
        comparison!("!lt", Cmp::Lt),
        comparison!("!le", Cmp::Le),
        comparison!("!gt", Cmp::Gt),
        comparison!("!ge", Cmp::Ge),
        comparison!("!eq", Cmp::Eq),
        comparison!("!ne", Cmp::Ne),
        native(("!text", v(0), |cv| bome(text(cv.1, cv.0.data().fuel)))),
        native(("!sized", v(0), |cv| bome(sized(cv.1, cv.0.data().fuel)))),
        native(("!pairwise", v(1), |mut cv| {
            let r = cv.0.pop_var();
            bome(pairwise(&cv.1, &r, cv.0.data().fuel).map(|()| cv.1))
        })),
    ]
}

fn pipe<'s>(term: Term<&'s str>, function: &'s str) -> Term<&'s str> {
    Term::BinOp(Box::new(term), BinaryOp::Pipe(None), Box::new(Term::Call(function, Vec::new())))
}

/// A library definition with its operators guarded.
pub(super) fn guarded_def(def: Def<&str>) -> Def<&str> {
    Def { name: def.name, args: def.args, body: guarded(def.body) }
}

/// The same term with guarded operators. Recurses as deep as the term is.
pub(super) fn guarded<'s>(term: Term<&'s str>) -> Term<&'s str> {
    let boxed = |term: Box<Term<&'s str>>| Box::new(guarded(*term));
    let all = |terms: Vec<Term<&'s str>>| terms.into_iter().map(guarded).collect::<Vec<_>>();
    match term {
        leaf @ (Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) | Term::Break(_) | Term::Var(_)) => leaf,
        Term::Str(format, parts) => interpolated(format, parts),
        Term::Arr(Some(inner)) => pipe(Term::Arr(Some(boxed(inner))), "!sized"),
        Term::Obj(entries) if entries.is_empty() => Term::Obj(entries),
        // `{a}` and `{$a}` have no value to look into; a key alone stands for itself.
        Term::Obj(entries) => {
            let entry = |(key, value): (Term<_>, Option<Term<_>>)| match value {
                Some(value) => (guarded(key), Some(guarded(value))),
                None => (key, None),
            };
            pipe(Term::Obj(entries.into_iter().map(entry).collect()), "!sized")
        }
        Term::Neg(inner) => Term::Neg(boxed(inner)),
        Term::BinOp(left, op, right) => operator(guarded(*left), op, guarded(*right)),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Fold(name, stream, pattern, args) => Term::Fold(name, boxed(stream), guarded_pattern(pattern), all(args)),
        Term::TryCatch(body, handler) => Term::TryCatch(boxed(body), handler.map(boxed)),
        Term::IfThenElse(cases, otherwise) => {
            let cases = cases.into_iter().map(|(condition, then)| (guarded(condition), guarded(then)));
            Term::IfThenElse(cases.collect(), otherwise.map(boxed))
        }
        Term::Def(defs, body) => Term::Def(defs.into_iter().map(guarded_def).collect(), boxed(body)),
        Term::Call(name, args) => call(name, all(args)),
        Term::Path(head, path) => Term::Path(boxed(head), guarded_path(path)),
    }
}

/// `"a \(x)"` is `"a " + (x | tostring)`; the sum is written out so that it is guarded too. Sums
/// lean to the right, as jaq's own do: so the order of several outputs stays.
fn interpolated<'s>(format: Option<&'s str>, parts: Vec<StrPart<&'s str, Term<&'s str>>>) -> Term<&'s str> {
    if !parts.iter().any(|part| matches!(part, StrPart::Term(_))) {
        return Term::Str(format, parts);
    }
    let mut terms: Vec<Term<&'s str>> = Vec::new();
    for part in parts {
        match part {
            StrPart::Term(inner) => terms.push(pipe(guarded(inner), format.unwrap_or("!text"))),
            literal => match terms.last_mut() {
                Some(Term::Str(None, literals)) => literals.push(literal),
                _ => terms.push(Term::Str(None, vec![literal])),
            },
        }
    }
    let last = terms.pop().unwrap_or_default();
    terms.into_iter().rev().fold(last, |sum, term| Term::Call("!add", vec![term, sum]))
}

fn call<'s>(name: &'s str, args: Vec<Term<&'s str>>) -> Term<&'s str> {
    match (name, args.len()) {
        ("tojson", 0) => pipe_into("!sized", Term::Call(name, args)),
        // What is looked for is bound first, so that its size can be held against the input's.
        ("contains" | "indices", 1) => {
            let variable = || Term::Var("$!wanted");
            let check = Term::Call("!pairwise", vec![variable()]);
            let looked = Term::BinOp(Box::new(check), BinaryOp::Pipe(None), Box::new(Term::Call(name, vec![variable()])));
            let wanted = args.into_iter().next().unwrap_or_default();
            Term::BinOp(Box::new(wanted), BinaryOp::Pipe(Some(Pattern::Var("$!wanted"))), Box::new(looked))
        }
        _ => Term::Call(name, args),
    }
}

fn pipe_into<'s>(first: &'static str, then: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(Term::Call(first, Vec::new())), BinaryOp::Pipe(None), Box::new(then))
}

fn operator<'s>(left: Term<&'s str>, op: BinaryOp<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    let function = match &op {
        BinaryOp::Math(Math::Add) | BinaryOp::UpdateMath(Math::Add) => "!add",
        BinaryOp::Math(Math::Mul) | BinaryOp::UpdateMath(Math::Mul) => "!mul",
        BinaryOp::Cmp(Cmp::Lt) => "!lt",
        BinaryOp::Cmp(Cmp::Le) => "!le",
        BinaryOp::Cmp(Cmp::Gt) => "!gt",
        BinaryOp::Cmp(Cmp::Ge) => "!ge",
        BinaryOp::Cmp(Cmp::Eq) => "!eq",
        BinaryOp::Cmp(Cmp::Ne) => "!ne",
        _ => "",
    };
    match op {
        BinaryOp::Math(_) | BinaryOp::Cmp(_) if !function.is_empty() => Term::Call(function, vec![left, right]),
        // `l += r` is `r as $x | l |= . + $x`, evaluated on the same input.
        BinaryOp::UpdateMath(_) if !function.is_empty() => {
            let sum = Term::Call(function, vec![Term::Id, Term::Var("$!operand")]);
            let update = Term::BinOp(Box::new(left), BinaryOp::Update, Box::new(sum));
            let bound = BinaryOp::Pipe(Some(Pattern::Var("$!operand")));
            pipe(Term::BinOp(Box::new(right), bound, Box::new(update)), "!sized")
        }
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => pipe(Term::BinOp(Box::new(left), op, Box::new(right)), "!sized"),
        BinaryOp::Pipe(Some(pattern)) => Term::BinOp(Box::new(left), BinaryOp::Pipe(Some(guarded_pattern(pattern))), Box::new(right)),
        op => Term::BinOp(Box::new(left), op, Box::new(right)),
    }
}

fn guarded_pattern(pattern: Pattern<&str>) -> Pattern<&str> {
    match pattern {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(parts) => Pattern::Arr(parts.into_iter().map(guarded_pattern).collect()),
        Pattern::Obj(entries) => {
            let entry = |(key, part)| (guarded(key), guarded_pattern(part));
            Pattern::Obj(entries.into_iter().map(entry).collect())
        }
    }
}

fn guarded_path(path: Path<Term<&str>>) -> Path<Term<&str>> {
    let part = |part| match part {
        Part::Index(index) => Part::Index(guarded(index)),
        Part::Range(from, to) => Part::Range(from.map(guarded), to.map(guarded)),
    };
    Path(path.0.into_iter().map(|(p, opt)| (part(p), opt)).collect())
}
