//! What the last action did, shown once on the page that follows it.

use actix_session::Session;
use serde::{Deserialize, Serialize};

use super::components::banner::{Banner, BannerAction, Kind};

const KEY: &str = "flash";

/// A message that waits in the session for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Something is wrong, or all went well.
    pub bad: bool,
    /// The fact: "Version 18 is live in Production."
    pub title: String,
    /// What follows from it; may be empty.
    pub text: String,
    /// A way back: words of the button and the address its POST goes to.
    pub undo: Option<(String, String)>,
}

impl Flash {
    /// An action that worked.
    pub fn done(title: impl Into<String>) -> Flash {
        Flash { bad: false, title: title.into(), text: String::new(), undo: None }
    }

    /// An action that was refused.
    pub fn refused(title: impl Into<String>, text: impl Into<String>) -> Flash {
        Flash { bad: true, title: title.into(), text: text.into(), undo: None }
    }

    /// With what follows from it.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Flash {
        self.text = text.into();
        self
    }

    /// With an undo button.
    #[must_use]
    pub fn undo(mut self, words: impl Into<String>, post_to: impl Into<String>) -> Flash {
        self.undo = Some((words.into(), post_to.into()));
        self
    }

    /// Keeps it for the next page. A session that cannot take it only loses the message.
    pub fn keep(&self, session: &Session) {
        if let Err(error) = session.insert(KEY, self) {
            tracing::warn!(%error, "the message for the next page was not kept");
        }
    }

    /// Takes the message that waits, if any.
    pub fn take(session: &Session) -> Option<Flash> {
        session.remove_as::<Flash>(KEY).and_then(Result::ok)
    }

    /// As it is shown.
    pub fn banner(self) -> Banner {
        let kind = if self.bad { Kind::Bad } else { Kind::Ok };
        Banner {
            kind,
            title: self.title,
            text: self.text,
            actions: self.undo.map(|(words, to)| BannerAction::post(words, to)).into_iter().collect(),
        }
    }
}
