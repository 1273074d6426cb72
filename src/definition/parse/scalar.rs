//! The values of plain YAML scalars: the 1.2 core schema, so that `yes`, `no` and `on` stay text.

use serde_json::{Number, Value};

/// Why a plain scalar has no JSON value.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    /// `.inf` or `.nan`.
    NotFinite,
    /// An integer beyond 64 bits, which JSON readers would round.
    TooLarge,
}

/// The value of an untagged plain scalar.
pub fn resolve(text: &str) -> Result<Value, Unfit> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Err(Unfit::NotFinite),
        _ => {}
    }
    if let Some(number) = integer(text) {
        return number.map(Value::Number);
    }
    match float(text) {
        Some(f) => Number::from_f64(f).map(Value::Number).ok_or(Unfit::NotFinite),
        None => Ok(Value::String(text.to_owned())),
    }
}

/// Whether a text written bare would be read back as that very text.
pub fn is_text(text: &str) -> bool {
    matches!(resolve(text), Ok(Value::String(_)))
}

fn integer(text: &str) -> Option<Result<Number, Unfit>> {
    let radix = |digits: &str, radix: u32| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        valid.then(|| u64::from_str_radix(digits, radix).map(Number::from).map_err(|_| Unfit::TooLarge))
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return radix(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return radix(hex, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let signed = text.strip_prefix('+').unwrap_or(text);
    let number = signed.parse::<i64>().map(Number::from).or_else(|_| signed.parse::<u64>().map(Number::from));
    Some(number.map_err(|_| Unfit::TooLarge))
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(f64::INFINITY);
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (int, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let shaped =
        digits(int) && digits(fraction) && !(int.is_empty() && fraction.is_empty()) && exponent.is_none_or(|e| !e.is_empty() && digits(e));
    shaped.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn core_schema() {
        for (text, value) in [
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("No", json!("No")),
            ("True", json!(true)),
            ("~", json!(null)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("017", json!(17)),
            ("-3", json!(-3)),
            ("+4", json!(4)),
            ("1.0", json!(1.0)),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            ("1e3", json!(1000.0)),
            ("1.0.0", json!("1.0.0")),
            ("12:30", json!("12:30")),
            ("1_000", json!("1_000")),
            (".", json!(".")),
            ("-", json!("-")),
            ("1e", json!("1e")),
            ("0x", json!("0x")),
            ("infinity", json!("infinity")),
        ] {
            assert_eq!(resolve(text), Ok(value), "{text}");
        }
        assert_eq!(resolve(".inf"), Err(Unfit::NotFinite));
        assert_eq!(resolve("1e999"), Err(Unfit::NotFinite));
        assert_eq!(resolve("99999999999999999999"), Err(Unfit::TooLarge));
    }
}
