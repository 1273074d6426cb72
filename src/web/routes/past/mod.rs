//! The past of a page: `?at=` on the dashboard, on a flow's and on an environment's page (PRODUCT §9.2).

mod cells;
mod dashboard;
mod environment;
mod flow;

pub use dashboard::dashboard;
pub use environment::environment;
pub use flow::flow;

use chrono::NaiveDateTime;

use crate::app::as_of::look::Moment;
use crate::app::{self};
use crate::domain::clock::Micros;
use crate::store::conn::Conn;
use crate::web::address;
use crate::web::error::PageError;
use crate::web::pages::past::PastBanner;
use crate::web::time::{TimeStyle, words};

/// How an instant stands in an address: RFC 3339, or what the browser's own field for instants sends, which is UTC here.
///
/// # Errors
/// It is neither, or it has not come yet.
pub fn instant(text: &str, now: Micros) -> Result<Micros, PageError> {
    let text = text.trim().replace(' ', "+");
    let local = || {
        let bare = text.strip_suffix('Z').unwrap_or(&text);
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"].iter().find_map(|f| NaiveDateTime::parse_from_str(bare, f).ok())
    };
    let read = Micros::parse_rfc3339(&text).or_else(|| local().map(|at| Micros(at.and_utc().timestamp_micros())));
    match read {
        Some(at) if at > now => Err(PageError::Address("that instant has not come yet; choose one in the past".into())),
        Some(at) => Ok(at),
        None => Err(PageError::Address(format!("“{text}” is no instant; write one like 2026-11-12T09:15Z"))),
    }
}

/// What a page of the past has around it.
struct Around {
    earlier: Option<Micros>,
    later: Option<Micros>,
}

impl Around {
    fn find(conn: &mut Conn, moment: &Moment) -> app::Result<Self> {
        let (earlier, later) = moment.neighbours(conn)?;
        Ok(Self { earlier, later })
    }

    fn banner(&self, at: Micros, base: &str, now: i64) -> PastBanner {
        let step = |to: Option<Micros>| to.map(|to| (at_then(base, to), words(to.0, now, TimeStyle::Full)));
        PastBanner { title: format!("As of {} UTC.", long(at)), earlier: step(self.earlier), later: step(self.later), now: base.to_owned() }
    }
}

/// A page at an instant.
pub fn at_then(base: &str, at: Micros) -> String {
    address::with(base, &[("at", &at.rfc3339())])
}

/// "Thursday 12 November 2026, 09:15"; with seconds where they matter.
fn long(at: Micros) -> String {
    let Some(time) = chrono::DateTime::from_timestamp_micros(at.0) else { return at.rfc3339() };
    let whole_minute = at.0 % Micros::MINUTE == 0;
    time.format(if whole_minute { "%A %-d %B %Y, %H:%M" } else { "%A %-d %B %Y, %H:%M:%S" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_addresses_and_browsers_write_them() {
        let nine = Micros(1_794_474_900_000_000);
        for text in
            ["2026-11-12T09:15Z", "2026-11-12T09:15", "2026-11-12T09:15:00", "2026-11-12T10:15:00+01:00", "2026-11-12T10:15:00 01:00"]
        {
            assert_eq!(instant(text, Micros(i64::MAX)).ok().map(|at| at.0), Some(nine.0), "{text}");
        }
        assert!(instant("yesterday", Micros(i64::MAX)).is_err() && instant("2026-11-12T09:15Z", Micros(nine.0 - 1)).is_err());
        assert_eq!(long(nine), "Thursday 12 November 2026, 09:15");
        assert_eq!(long(nine.plus(1_000_000)), "Thursday 12 November 2026, 09:15:01");
        assert_eq!(at_then("/w/main", nine), "/w/main?at=2026-11-12T09%3A15%3A00.000000Z");
    }
}
