//! Status: icon and words, the colour only on top (PRODUCT §2, DESIGN §2).

use std::borrow::Cow;

use askama::Template;

use super::html_part;
use super::rich::Rich;
use crate::domain::vocabulary::Vocabulary;
use crate::web::filters;

/// A status. With problems it is a button that lists them.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/status.html")]
pub struct StatusView {
    /// Value of `data-status`, which picks the tint.
    pub code: &'static str,
    /// Name of the icon.
    pub icon: &'static str,
    /// The words.
    pub words: Cow<'static, str>,
    /// What a toggletip lists.
    pub tip: Option<Tip>,
}

/// What the toggletip of a status lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Id of the popover, unique in the page.
    pub id: String,
    /// "2 problems stop version 19 from going live".
    pub title: String,
    /// One line each, with a link to the place to fix.
    pub lines: Vec<Rich>,
    /// Where to fix: address and words.
    pub link: Option<(String, String)>,
}

impl StatusView {
    const fn plain(code: &'static str, icon: &'static str, words: &'static str) -> StatusView {
        StatusView { code, icon, words: Cow::Borrowed(words), tip: None }
    }

    /// A draft without problems is still a draft.
    pub fn draft() -> StatusView {
        StatusView::plain("draft", "pencil", "Draft")
    }
    /// Published or draft, and executable.
    pub fn ready() -> StatusView {
        StatusView::plain("ready", "check-circle", "Ready")
    }
    /// With the problems that stop it.
    pub fn not_ready(tip: Option<Tip>) -> StatusView {
        StatusView { tip, ..StatusView::plain("notready", "x-circle", "Not ready") }
    }
    /// Runs here.
    pub fn live() -> StatusView {
        StatusView::plain("live", "play", "Live")
    }
    /// Gets a share of the new runs.
    pub fn rolling(percent: u32) -> StatusView {
        StatusView { words: Cow::Owned(format!("Rolling out {percent}%")), ..StatusView::plain("rolling", "rollout", "") }
    }
    /// Keeps its share; no further stage starts.
    pub fn halted() -> StatusView {
        StatusView::plain("risk", "octagon", "Halted")
    }
    /// Too few runs ended to judge: somebody has to decide.
    pub fn undecided() -> StatusView {
        StatusView::plain("risk", "alert", "Needs your decision")
    }
    /// May not come back here until somebody releases it.
    pub fn quarantined(tip: Option<Tip>) -> StatusView {
        StatusView { tip, ..StatusView::plain("missed", "octagon", "Quarantined") }
    }
    /// A limit of a guard: `holds`, `close`, `crossed`, or not judged yet.
    pub fn limit(how: &str, words: String) -> StatusView {
        let plain = match how {
            "holds" => StatusView::plain("met", "check-circle", ""),
            "close" => StatusView::plain("risk", "alert", ""),
            "crossed" => StatusView::plain("missed", "x-circle", ""),
            _ => StatusView::plain("pending", "ring", ""),
        };
        StatusView { words: Cow::Owned(words), ..plain }
    }
    /// New starts are refused, running ones finish.
    pub fn paused() -> StatusView {
        StatusView::plain("paused", "pause", "Paused")
    }
    /// Triggers and schedules are off, manual and test runs allowed.
    pub fn disabled() -> StatusView {
        StatusView::plain("disabled", "ban", "Disabled")
    }
    /// Off, and every run in flight was cancelled.
    pub fn stopped() -> StatusView {
        StatusView::plain("stopped", "stop", "Stopped")
    }
    /// Was live here.
    pub fn inactive() -> StatusView {
        StatusView::plain("inactive", "archive", "Inactive")
    }
    /// Put away; can be brought back.
    pub fn archived() -> StatusView {
        StatusView::plain("inactive", "archive", "Archived")
    }
    /// Share of runs that succeeded, in an environment of the dashboard.
    pub fn succeeded(share: String, well: bool) -> StatusView {
        let plain = if well { StatusView::plain("met", "check-circle", "") } else { StatusView::plain("missed", "x-circle", "") };
        StatusView { words: Cow::Owned(share), ..plain }
    }
    /// A person's account.
    pub fn active() -> StatusView {
        StatusView::plain("active", "check-circle", "Active")
    }

    /// A run's or a step's state, by its word of the API.
    pub fn run(state: &str) -> StatusView {
        match state {
            "pending" => StatusView::plain("pending", "ring", "Pending"),
            "running" => StatusView::plain("running", "running", "Running"),
            "waiting" => StatusView::plain("waiting", "wait", "Waiting"),
            "suspended" => StatusView::plain("waiting", "pause", "Suspended"),
            "cancelled" => StatusView::plain("cancelled", "ban", "Cancelled"),
            "faulted" => StatusView::plain("failed", "x-circle", "Failed"),
            "completed" => StatusView::plain("ok", "check-circle", "Succeeded"),
            "needs_attention" => StatusView::plain("risk", "alert", "Needs attention"),
            "skipped" => StatusView::plain("skipped", "skip", "Skipped"),
            "retrying" => StatusView::plain("waiting", "wait", "Waits to retry"),
            other => StatusView { words: Cow::Owned(other.to_owned()), ..StatusView::plain("pending", "ring", "") },
        }
    }

    /// In the words that a workspace picked.
    #[must_use]
    pub fn said_in(&self, vocabulary: &Vocabulary) -> StatusView {
        match vocabulary.says(&self.words) {
            Some(words) => self.clone().saying(words),
            None => self.clone(),
        }
    }

    /// With other words.
    #[must_use]
    pub fn saying(mut self, words: impl Into<Cow<'static, str>>) -> StatusView {
        self.words = words.into();
        self
    }
}

html_part!(StatusView);
