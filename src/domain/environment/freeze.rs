//! Windows in which nothing moves forward (PRODUCT §4.5): once, or every week. Going back is always possible.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::domain::clock::Micros;

crate::text_enum! {
    /// A day of the week.
    pub enum Day ("day of the week") {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

impl Day {
    /// "Friday".
    pub const fn title(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    const fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// A window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freeze {
    /// From one instant to another.
    Once {
        /// Its first instant.
        from: Micros,
        /// The first instant after it.
        to: Micros,
        /// Why.
        reason: String,
    },
    /// Every week on some days.
    Weekly {
        /// The days on which it begins.
        days: Vec<Day>,
        /// When it begins, in minutes after midnight.
        from: i16,
        /// When it ends; not after `from` means on the next day.
        to: i16,
        /// Whose midnight: an IANA time zone.
        zone: String,
        /// Why.
        reason: String,
    },
}

/// A freeze that holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// When the last of the windows that follow one another ends.
    pub until: Micros,
    /// Why, in the words of the window that holds now.
    pub reason: String,
}

/// Windows that an environment may have.
pub const MOST: usize = 50;
const LONGEST_REASON: usize = 200;
/// Windows in a row that are followed; more than a year of nights.
const CHAIN: usize = 800;

impl Freeze {
    /// Reads a window: `{from, to, reason}` or `{days, from_time, to_time, zone, reason}`.
    ///
    /// # Errors
    /// What is wrong with it, and how to fix it.
    pub fn read(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else {
            return Err("Give a window as {from, to, reason} or {days, from_time, to_time, zone, reason}.".into());
        };
        let reason = text(members, "reason")?;
        if reason.trim().is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(format!("Say why in 1 to {LONGEST_REASON} characters: people read it when they are held up."));
        }
        let reason = reason.trim().to_owned();
        if members.contains_key("days") {
            only(members, &["days", "from_time", "to_time", "zone", "reason"])?;
            return Self::weekly(members, reason);
        }
        only(members, &["from", "to", "reason"])?;
        let instant =
            |name: &str| Micros::parse_rfc3339(text(members, name)?).ok_or_else(|| format!("Write {name} like 2026-12-20T18:00:00Z."));
        let (from, to) = (instant("from")?, instant("to")?);
        if from >= to {
            return Err("The window ends before it begins: let from be earlier than to.".into());
        }
        Ok(Self::Once { from, to, reason })
    }

    fn weekly(members: &Map<String, Value>, reason: String) -> Result<Self, String> {
        let days = members.get("days").and_then(Value::as_array).ok_or("Give days as a list, such as [\"friday\"].")?;
        let mut read: Vec<Day> = Vec::new();
        for day in days {
            let day = day.as_str().ok_or("Give each day as a word, such as friday.")?;
            read.push(day.parse::<Day>().map_err(|e| format!("{e}."))?);
        }
        read.sort_unstable();
        read.dedup();
        if read.is_empty() {
            return Err("Name at least one day.".into());
        }
        let zone = text(members, "zone")?.trim().to_owned();
        if TimeZone::get(&zone).is_err() {
            return Err(format!("“{zone}” is no time zone; use an IANA name such as Europe/Berlin or UTC."));
        }
        let (from, to) = (minutes(text(members, "from_time")?)?, minutes(text(members, "to_time")?)?);
        if from == 24 * 60 {
            return Err("A window begins before 24:00; use 00:00 of the next day.".into());
        }
        Ok(Self::Weekly { days: read, from, to, zone, reason })
    }

    /// As it is stored and shown to programs.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Once { from, to, reason } => json!({"from": from.rfc3339(), "to": to.rfc3339(), "reason": reason}),
            Self::Weekly { days, from, to, zone, reason } => {
                json!({"days": days, "from_time": clock(*from), "to_time": clock(*to), "zone": zone, "reason": reason})
            }
        }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        match self {
            Self::Once { reason, .. } | Self::Weekly { reason, .. } => reason,
        }
    }

    /// The end of the window, if it holds at that instant.
    pub fn holds(&self, now: Micros) -> Option<Micros> {
        match self {
            Self::Once { from, to, .. } => (*from <= now && now < *to).then_some(*to),
            Self::Weekly { days, from, to, zone, .. } => weekly(days, *from, *to, zone, now),
        }
    }
}

fn weekly(days: &[Day], from: i16, to: i16, zone: &str, now: Micros) -> Option<Micros> {
    let zone = TimeZone::get(zone).ok()?;
    let today = Timestamp::from_microsecond(now.0).ok()?.to_zoned(zone.clone()).date();
    let instant = |date: Date, minutes: i16| {
        let time = Time::midnight();
        let at = date.to_datetime(time).checked_add(i64::from(minutes).minutes()).ok()?;
        // A wall clock time that is skipped counts as the one right after the gap; one that is repeated as its first.
        Some(Micros(at.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond()))
    };
    let yesterday = today.yesterday().ok()?;
    [yesterday, today].into_iter().filter(|date| days.contains(&Day::of(date.weekday()))).find_map(|date| {
        let last = if to > from { date } else { date.tomorrow().ok()? };
        let (begins, ends) = (instant(date, from)?, instant(last, to)?);
        (begins <= now && now < ends).then_some(ends)
    })
}

/// Whether a freeze holds now, and until when: windows that touch or overlap count as one.
pub fn frozen(all: &[Freeze], now: Micros) -> Option<Frozen> {
    let at = |now: Micros| all.iter().filter_map(|f| f.holds(now).map(|until| (until, f.reason()))).max_by_key(|(until, _)| *until);
    let (mut until, reason) = at(now)?;
    for _ in 0..CHAIN {
        match at(until) {
            Some((later, _)) => until = later,
            None => break,
        }
    }
    Some(Frozen { until, reason: reason.to_owned() })
}

/// Reads a stored or given list of windows.
///
/// # Errors
/// The window's place in the list, from 0, and what is wrong with it; `None` for the list itself.
pub fn read_all(value: &Value) -> Result<Vec<Freeze>, (Option<usize>, String)> {
    let all = value.as_array().ok_or((None, "Give freezes as a list of windows.".to_owned()))?;
    if all.len() > MOST {
        return Err((None, format!("Keep at most {MOST} windows.")));
    }
    all.iter().enumerate().map(|(i, one)| Freeze::read(one).map_err(|says| (Some(i), says))).collect()
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    members.get(name).and_then(Value::as_str).ok_or_else(|| format!("Give {name} as a text."))
}

fn only(members: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(other) => Err(format!("“{other}” is not known of such a window; use {}.", known.join(", "))),
        None => Ok(()),
    }
}

/// `HH:MM` as minutes after midnight; `24:00` is the end of the day.
fn minutes(text: &str) -> Result<i16, String> {
    let wrong = || format!("“{text}” is no time of day; write it like 18:00.");
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten();
    let (hours, minutes) = (two(hours).ok_or_else(wrong)?, two(minutes).ok_or_else(wrong)?);
    let all = i16::from(hours) * 60 + i16::from(minutes);
    if minutes < 60 && all <= 24 * 60 { Ok(all) } else { Err(wrong()) }
}

/// Minutes after midnight as `HH:MM`.
pub fn clock(minutes: i16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        Micros::parse_rfc3339(text).unwrap()
    }

    fn window(value: Value) -> Freeze {
        let read = Freeze::read(&value).unwrap();
        assert_eq!(Freeze::read(&read.to_value()).unwrap(), read);
        read
    }

    #[test]
    fn a_window_holds_from_its_first_instant_to_its_last() {
        let holiday = window(json!({"from": "2026-12-20T18:00:00Z", "to": "2027-01-04T06:00:00+01:00", "reason": "holidays"}));
        let end = at("2027-01-04T05:00:00Z");
        assert_eq!(holiday.holds(at("2026-12-20T18:00:00Z")), Some(end));
        assert_eq!(holiday.holds(at("2027-01-04T04:59:59Z")), Some(end));
        assert_eq!((holiday.holds(end), holiday.holds(at("2026-12-20T17:59:59Z"))), (None, None));
    }

    #[test]
    fn weekends_and_nights_follow_the_clock_on_the_wall() {
        let nights = json!({"days": ["friday"], "from_time": "18:00", "to_time": "06:00", "zone": "Europe/Berlin", "reason": "night"});
        let nights = window(nights);
        // Friday 20 November 2026, 18:00 in Berlin is 17:00 UTC; in summer it is 16:00 UTC.
        assert_eq!(nights.holds(at("2026-11-20T17:00:00Z")), Some(at("2026-11-21T05:00:00Z")));
        assert_eq!(nights.holds(at("2026-11-20T16:59:59Z")), None);
        assert_eq!(nights.holds(at("2026-11-21T04:59:59Z")), Some(at("2026-11-21T05:00:00Z")));
        assert_eq!(nights.holds(at("2026-11-21T17:00:00Z")), None);
        assert_eq!(nights.holds(at("2026-07-17T16:00:00Z")), Some(at("2026-07-18T04:00:00Z")));
        // Clocks go forward in the night to Sunday 29 March 2026: the window is an hour shorter.
        let saturday = json!({"days": ["saturday"], "from_time": "22:00", "to_time": "02:30", "zone": "Europe/Berlin", "reason": "x"});
        assert_eq!(window(saturday).holds(at("2026-03-28T21:30:00Z")), Some(at("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn windows_that_touch_are_one_freeze() {
        let all = [
            window(json!({"days": ["saturday", "sunday"], "from_time": "00:00", "to_time": "24:00", "zone": "UTC", "reason": "weekend"})),
            window(json!({"from": "2026-11-23T00:00:00Z", "to": "2026-11-23T08:00:00Z", "reason": "stocktaking"})),
        ];
        let found = frozen(&all, at("2026-11-21T12:00:00Z")).unwrap();
        assert_eq!((found.until, found.reason.as_str()), (at("2026-11-23T08:00:00Z"), "weekend"));
        assert_eq!(frozen(&all, at("2026-11-23T08:00:00Z")), None);
        let always = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let always = window(json!({"days": always, "from_time": "00:00", "to_time": "00:00", "zone": "UTC", "reason": "closed"}));
        assert!(frozen(&[always], at("2026-11-21T12:00:00Z")).is_some_and(|f| f.until > at("2028-01-01T00:00:00Z")));
    }

    #[test]
    fn what_cannot_be_used_says_how_to_fix_it() {
        for (value, says) in [
            (json!({"from": "2026-12-20T18:00:00Z", "to": "2026-12-20T18:00:00Z", "reason": "x"}), "ends before it begins"),
            (json!({"from": "tomorrow", "to": "2026-12-20T18:00:00Z", "reason": "x"}), "Write from like"),
            (json!({"from": "2026-12-20T18:00:00Z", "to": "2026-12-21T18:00:00Z", "reason": " "}), "Say why"),
            (json!({"from": "2026-12-20T18:00:00Z", "to": "2026-12-21T18:00:00Z", "reason": "x", "zone": "UTC"}), "“zone” is not known"),
            (json!({"days": [], "from_time": "18:00", "to_time": "06:00", "zone": "UTC", "reason": "x"}), "at least one day"),
            (json!({"days": ["fri"], "from_time": "18:00", "to_time": "06:00", "zone": "UTC", "reason": "x"}), "not a day of the week"),
            (json!({"days": ["friday"], "from_time": "6pm", "to_time": "06:00", "zone": "UTC", "reason": "x"}), "no time of day"),
            (json!({"days": ["friday"], "from_time": "18:00", "to_time": "06:00", "zone": "Moon/Base", "reason": "x"}), "no time zone"),
        ] {
            let wrong = Freeze::read(&value).unwrap_err();
            assert!(wrong.contains(says), "{value}: {wrong}");
        }
        assert_eq!(read_all(&json!([{"x": 1}])).unwrap_err().0, Some(0));
    }
}
