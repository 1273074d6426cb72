//! Who did what, when and why: the timeline of histories (DESIGN §4).

use askama::Template;

use super::html_part;
use super::rich::Rich;
use crate::web::filters;
use crate::web::time;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/event.html")]
pub struct EventView {
    /// When, in microseconds UTC.
    pub at: i64,
    /// Name of the icon.
    pub icon: &'static str,
    /// `ok` or `bad` tint the mark; empty leaves it plain.
    pub kind: &'static str,
    /// "**Aiko Tanaka** deployed v17 to Production."
    pub says: Rich,
    /// The comment or reason as written.
    pub quote: Option<String>,
    /// Links at the end: roll back, compare.
    pub links: Vec<(String, String)>,
}

impl EventView {
    fn machine(&self) -> String {
        time::machine(self.at)
    }
    fn clock(&self) -> String {
        time::clock(self.at)
    }
}

/// The events of one day.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/event_day.html")]
pub struct EventDay {
    /// "Today, Thursday 19 November".
    pub heading: String,
    /// Newest first.
    pub events: Vec<EventView>,
}

/// Puts events (newest first) under the headings of their days.
pub fn by_day(events: Vec<EventView>, now: i64) -> Vec<EventDay> {
    let mut days: Vec<EventDay> = Vec::new();
    for event in events {
        let heading = time::day_heading(event.at, now);
        match days.last_mut() {
            Some(day) if day.heading == heading => day.events.push(event),
            _ => days.push(EventDay { heading, events: vec![event] }),
        }
    }
    days
}

html_part!(EventView, EventDay);
