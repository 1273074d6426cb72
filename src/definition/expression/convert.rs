//! Between JSON values and jaq's, with caps on size and depth both ways.

use jaq_json::{Map, Num, Val};
use serde_json::{Number, Value};

use super::errors::{evaluation, too_large};
use super::{ExpressionError, MAX_DEPTH, MAX_VALUE};

/// Counts bytes of JSON, roughly, against the cap.
pub(super) struct Budget {
    left: usize,
    what: &'static str,
}

impl Budget {
    pub(super) fn new(what: &'static str) -> Self {
        Budget { left: MAX_VALUE, what }
    }

    fn take(&mut self, bytes: usize) -> Result<(), ExpressionError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(too_large(format!(
                "{} is larger than {} MiB. Filter it in an earlier step (input.from, output.as).",
                self.what,
                MAX_VALUE >> 20
            ))),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, ExpressionError> {
        if depth >= MAX_DEPTH {
            return Err(too_large(format!("{} is nested deeper than {MAX_DEPTH} levels.", self.what)));
        }
        Ok(depth + 1)
    }
}

/// A JSON value for jaq.
pub(super) fn to_val(value: &Value, budget: &mut Budget, depth: usize) -> Result<Val, ExpressionError> {
    budget.take(1)?;
    Ok(match value {
        Value::Null => Val::Null,
        Value::Bool(b) => Val::Bool(*b),
        Value::Number(n) => {
            budget.take(7)?;
            Val::Num(number(n))
        }
        Value::String(s) => text(s, budget)?,
        Value::Array(items) => {
            let depth = budget.deeper(depth)?;
            items.iter().map(|item| to_val(item, budget, depth)).collect::<Result<Val, _>>()?
        }
        Value::Object(map) => {
            let depth = budget.deeper(depth)?;
            let mut object = Map::with_capacity_and_hasher(map.len(), Default::default());
            for (key, item) in map {
                object.insert(text(key, budget)?, to_val(item, budget, depth)?);
            }
            Val::obj(object)
        }
    })
}

fn text(s: &str, budget: &mut Budget) -> Result<Val, ExpressionError> {
    budget.take(s.len() + 2)?;
    Ok(Val::utf8_str(s.to_owned()))
}

fn number(n: &Number) -> Num {
    match (n.as_i64(), n.as_u64()) {
        (Some(i), _) => Num::from_integral(i),
        (None, Some(u)) => Num::from_integral(u),
        (None, None) => Num::Float(n.as_f64().unwrap_or(f64::NAN)),
    }
}

/// A JSON value out of jaq's.
pub(super) fn from_val(val: &Val, budget: &mut Budget, depth: usize) -> Result<Value, ExpressionError> {
    budget.take(1)?;
    Ok(match val {
        Val::Null => Value::Null,
        Val::Bool(b) => Value::Bool(*b),
        Val::Num(n) => {
            budget.take(7)?;
            from_num(n)
        }
        Val::TStr(bytes) | Val::BStr(bytes) => {
            budget.take(bytes.len() + 2)?;
            Value::String(String::from_utf8_lossy(bytes).into_owned())
        }
        Val::Arr(items) => {
            let depth = budget.deeper(depth)?;
            Value::Array(items.iter().map(|item| from_val(item, budget, depth)).collect::<Result<_, _>>()?)
        }
        Val::Obj(map) => {
            let depth = budget.deeper(depth)?;
            let entry = |(key, item): (&Val, &Val)| {
                let Val::TStr(name) = key else {
                    return Err(evaluation("an object key must be text; convert it with tostring"));
                };
                budget.take(name.len() + 3)?;
                Ok((String::from_utf8_lossy(name).into_owned(), from_val(item, budget, depth)?))
            };
            Value::Object(map.iter().map(entry).collect::<Result<_, _>>()?)
        }
    })
}

/// As jq writes them: not-a-number is null, infinity the largest finite number.
fn from_num(n: &Num) -> Value {
    let float = |f: f64| {
        let finite = if f.is_infinite() { f64::MAX.copysign(f) } else { f };
        Number::from_f64(finite).map_or(Value::Null, Value::Number)
    };
    match n {
        Num::Int(i) => Value::from(*i as i64),
        Num::BigInt(big) => {
            let digits = big.to_string();
            digits.parse::<u64>().map(Value::from).unwrap_or_else(|_| float(digits.parse().unwrap_or(f64::NAN)))
        }
        Num::Float(f) => float(*f),
        Num::Dec(digits) => float(digits.parse().unwrap_or(f64::NAN)),
    }
}
