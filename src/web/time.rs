//! Instants as people read them (DESIGN §8): pure functions of the instant and of now, UTC, full value in `datetime`.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, Datelike, Timelike, Utc};

/// How an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeStyle {
    /// `44 min ago`, `today 13:50`, `18 Nov 16:20`, `4 Nov`, `4 Nov 2025`.
    Near,
    /// As `Near` without the hour once a day lies between: for narrow cells.
    Day,
    /// `14:32:01` today, else `18 Nov 14:32`: for lists of runs.
    Clock,
    /// `3 Nov 2026, 15:41`.
    Full,
    /// `14:27:12.408`: for the steps of a run.
    Exact,
}

/// An instant beside the words for it. Prints a `<time>` element.
#[derive(Debug, Clone, Copy)]
pub struct TimeView {
    /// The instant, in microseconds UTC.
    pub at: i64,
    /// When the page is made, in microseconds UTC.
    pub now: i64,
    /// How it is written.
    pub style: TimeStyle,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_US: i64 = 86_400_000_000;

impl TimeView {
    /// An instant written as `Near`.
    pub fn near(at: i64, now: i64) -> TimeView {
        TimeView { at, now, style: TimeStyle::Near }
    }

    /// The same instant written in another way.
    pub fn styled(at: i64, now: i64, style: TimeStyle) -> TimeView {
        TimeView { at, now, style }
    }

    /// The words alone.
    pub fn words(&self) -> String {
        words(self.at, self.now, self.style)
    }
}

fn utc(us: i64) -> DateTime<Utc> {
    // Outside of what a calendar can hold (no stored instant is) the epoch stands in.
    DateTime::from_timestamp_micros(us).unwrap_or_default()
}

/// The words for an instant.
pub fn words(at: i64, now: i64, style: TimeStyle) -> String {
    let t = utc(at);
    let n = utc(now);
    let clock = || format!("{:02}:{:02}", t.hour(), t.minute());
    let day = || {
        let month = MONTHS[t.month0() as usize];
        if t.year() == n.year() { format!("{} {month}", t.day()) } else { format!("{} {month} {}", t.day(), t.year()) }
    };
    let gap = now.saturating_sub(at);
    let same_day = at.div_euclid(DAY_US) == now.div_euclid(DAY_US);
    match style {
        TimeStyle::Full => format!("{} {} {}, {}", t.day(), MONTHS[t.month0() as usize], t.year(), clock()),
        TimeStyle::Exact => format!("{}:{:02}.{:03}", clock(), t.second(), t.timestamp_subsec_millis()),
        TimeStyle::Clock if same_day => format!("{}:{:02}", clock(), t.second()),
        TimeStyle::Clock => format!("{} {}", day(), clock()),
        TimeStyle::Near | TimeStyle::Day => {
            let minutes = gap.div_euclid(60_000_000);
            match minutes {
                0 => "just now".to_owned(),
                1..60 => format!("{minutes} min ago"),
                -1 => "in 1 min".to_owned(),
                -59..-1 => format!("in {} min", -minutes),
                _ if same_day => format!("today {}", clock()),
                _ if style == TimeStyle::Near && gap.saturating_abs() < 4 * DAY_US => {
                    format!("{} {}", day(), clock())
                }
                _ => day(),
            }
        }
    }
}

/// The value of a `datetime` attribute: `2026-11-19T13:48:02Z`.
pub fn machine(at: i64) -> String {
    utc(at).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The heading of a day in a list of events: `Today, Thursday 19 November`.
pub fn day_heading(at: i64, now: i64) -> String {
    let t = utc(at);
    let n = utc(now);
    let name = if t.year() == n.year() { t.format("%A %-d %B") } else { t.format("%A %-d %B %Y") };
    match now.div_euclid(DAY_US) - at.div_euclid(DAY_US) {
        0 => format!("Today, {name}"),
        1 => format!("Yesterday, {name}"),
        _ => name.to_string(),
    }
}

/// `14:20`, for an event below the heading of its day.
pub fn clock(at: i64) -> String {
    let t = utc(at);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

impl fmt::Display for TimeView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{}\">{}</time>", machine(self.at), self.words())
    }
}

impl HtmlSafe for TimeView {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[test]
    fn relative_only_under_an_hour_then_today_then_dates() {
        let now = at("2026-11-19T14:32:08Z");
        for (instant, near, day) in [
            ("2026-11-19T14:32:08Z", "just now", "just now"),
            ("2026-11-19T14:31:00Z", "1 min ago", "1 min ago"),
            ("2026-11-19T13:48:00Z", "44 min ago", "44 min ago"),
            ("2026-11-19T13:20:00Z", "today 13:20", "today 13:20"),
            ("2026-11-19T00:00:00Z", "today 00:00", "today 00:00"),
            ("2026-11-18T16:20:00Z", "18 Nov 16:20", "18 Nov"),
            ("2026-11-04T09:12:00Z", "4 Nov", "4 Nov"),
            ("2025-11-04T09:12:00Z", "4 Nov 2025", "4 Nov 2025"),
            ("2026-11-19T14:40:30Z", "in 9 min", "in 9 min"),
            ("2026-11-19T18:00:00Z", "today 18:00", "today 18:00"),
            ("2026-11-20T02:00:00Z", "20 Nov 02:00", "20 Nov"),
        ] {
            assert_eq!(words(at(instant), now, TimeStyle::Near), near);
            assert_eq!(words(at(instant), now, TimeStyle::Day), day);
        }
    }

    #[test]
    fn an_hour_ago_over_midnight_is_a_minute_count_or_a_date_never_today() {
        let now = at("2026-11-19T00:10:00Z");
        assert_eq!(words(at("2026-11-18T23:50:00Z"), now, TimeStyle::Near), "20 min ago");
        assert_eq!(words(at("2026-11-18T22:50:00Z"), now, TimeStyle::Near), "18 Nov 22:50");
    }

    #[test]
    fn other_styles_and_the_element() {
        let now = at("2026-11-19T14:32:08Z");
        let t = at("2026-11-19T14:27:12.408Z");
        assert_eq!(words(t, now, TimeStyle::Clock), "14:27:12");
        assert_eq!(words(at("2026-11-18T09:01:02Z"), now, TimeStyle::Clock), "18 Nov 09:01");
        assert_eq!(words(t, now, TimeStyle::Full), "19 Nov 2026, 14:27");
        assert_eq!(words(t, now, TimeStyle::Exact), "14:27:12.408");
        assert_eq!(TimeView::near(t, now).to_string(), "<time datetime=\"2026-11-19T14:27:12Z\">4 min ago</time>");
        assert_eq!(day_heading(t, now), "Today, Thursday 19 November");
        assert_eq!(day_heading(at("2026-11-18T09:01:02Z"), now), "Yesterday, Wednesday 18 November");
        assert_eq!(day_heading(at("2025-11-18T09:01:02Z"), now), "Tuesday 18 November 2025");
    }

    #[test]
    fn instants_outside_the_calendar_do_not_panic() {
        assert!(!words(i64::MAX, 0, TimeStyle::Near).is_empty());
        assert!(!words(i64::MIN / 2, i64::MAX / 4, TimeStyle::Day).is_empty());
    }
}
