//! Durations: ISO 8601 text, an object of units, or an expression that yields one of them.

use std::time::Duration;

use serde_json::Value;

use super::expression;

/// A duration as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationSpec<'a> {
    /// Known now.
    Fixed(Duration),
    /// The text inside `${ }`; evaluate it and call [`parse`] on the result.
    Expression(&'a str),
}

/// The longest duration taken: a hundred years.
pub const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Reads a duration. A year counts as 365 days and a month as 30 (the format leaves it open).
///
/// # Errors
/// What is wrong, with an example of what to write.
pub fn parse(value: &Value) -> Result<DurationSpec<'_>, String> {
    match value {
        Value::String(text) => match expression::wrapped(text) {
            Some(inner) => Ok(DurationSpec::Expression(inner)),
            None => iso8601(text).map(DurationSpec::Fixed),
        },
        Value::Object(units) => object(units).map(DurationSpec::Fixed),
        _ => Err("a duration is ISO 8601 text such as PT30S, or an object such as { seconds: 30 }".to_owned()),
    }
}

/// The fixed duration written in `value`; an expression is refused.
///
/// # Errors
/// What is wrong with the duration.
pub fn fixed(value: &Value) -> Result<Duration, String> {
    match parse(value)? {
        DurationSpec::Fixed(d) => Ok(d),
        DurationSpec::Expression(_) => Err("an expression where a fixed duration is needed".to_owned()),
    }
}

fn object(units: &serde_json::Map<String, Value>) -> Result<Duration, String> {
    let mut millis: u64 = 0;
    if units.is_empty() {
        return Err("an empty duration: give at least one of days, hours, minutes, seconds, milliseconds".to_owned());
    }
    for (unit, amount) in units {
        let factor = match unit.as_str() {
            "days" => 86_400_000,
            "hours" => 3_600_000,
            "minutes" => 60_000,
            "seconds" => 1_000,
            "milliseconds" => 1,
            other => {
                return Err(format!("unknown unit \"{other}\": use days, hours, minutes, seconds or milliseconds"));
            }
        };
        let amount = whole(amount).ok_or_else(|| format!("{unit} must be a whole number, not {amount}"))?;
        let amount = u64::try_from(amount).map_err(|_| format!("{unit} cannot be negative"))?;
        millis = amount.checked_mul(factor).and_then(|m| millis.checked_add(m)).ok_or_else(too_long)?;
    }
    bounded(Duration::from_millis(millis))
}

/// JSON Schema's idea of an integer: `2` and `2.0`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9e15).map(|f| f as i64))
}

fn too_long() -> String {
    "longer than a hundred years".to_owned()
}

fn bounded(d: Duration) -> Result<Duration, String> {
    if d > LONGEST { Err(too_long()) } else { Ok(d) }
}

fn iso8601(text: &str) -> Result<Duration, String> {
    let bad = || format!("\"{text}\" is not an ISO 8601 duration: write for example PT30S (30 seconds), PT5M, PT1H30M or P2D");
    let rest = text.strip_prefix('P').ok_or_else(bad)?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return Err(bad()),
        Some((date, time)) => (date, time),
        None if rest.is_empty() => return Err(bad()),
        None => (rest, ""),
    };
    const DAY: f64 = 86_400.0;
    let seconds = part(date, &[('Y', 365.0 * DAY), ('M', 30.0 * DAY), ('W', 7.0 * DAY), ('D', DAY)])
        .zip(part(time, &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)]))
        .map(|(d, t)| d + t)
        .ok_or_else(bad)?;
    if seconds > LONGEST.as_secs_f64() {
        return Err(too_long());
    }
    Ok(Duration::from_micros((seconds * 1e6).round() as u64))
}

/// Seconds in a run of `<number><designator>` with the designators in the given order.
fn part(mut text: &str, units: &[(char, f64)]) -> Option<f64> {
    let mut seconds = 0.0;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = text.split_at(end);
        let designator = tail.chars().next()?;
        let (_, factor) = units.find(|(unit, _)| *unit == designator)?;
        let (int, fraction) = number.split_once('.').map_or((number, None), |(i, f)| (i, Some(f)));
        if int.is_empty() || fraction.is_some_and(|f| f.is_empty() || f.contains('.')) {
            return None;
        }
        seconds += number.parse::<f64>().ok()? * factor;
        text = &tail[designator.len_utf8()..];
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_both_spellings() {
        let secs = |v: Value| fixed(&v).map(|d| d.as_secs_f64());
        assert_eq!(secs(json!("PT30S")), Ok(30.0));
        assert_eq!(secs(json!("PT0.25S")), Ok(0.25));
        assert_eq!(secs(json!("P1DT2H3M")), Ok(86_400.0 + 7_200.0 + 180.0));
        assert_eq!(secs(json!("P2W")), Ok(14.0 * 86_400.0));
        assert_eq!(secs(json!({"minutes": 1, "milliseconds": 500})), Ok(60.5));
        assert_eq!(parse(&json!("${ .pause }")), Ok(DurationSpec::Expression(".pause")));
    }

    #[test]
    fn refuses_with_a_way_out() {
        for bad in [
            json!("P"),
            json!("PT"),
            json!("1h"),
            json!("PT1S2M"),
            json!("P1.D"),
            json!({}),
            json!({"weeks": 1}),
            json!({"seconds": 1.5}),
            json!({"seconds": -1}),
            json!({"days": 999_999_999}),
            json!(30),
        ] {
            assert!(fixed(&bad).is_err(), "{bad}");
        }
    }
}
