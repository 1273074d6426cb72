//! Names people choose: slugs, labels, titles. Parsed once, then carried as types.

/// Why a name was refused; the text says how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(pub String);

/// Words that addresses use themselves, so no flow, environment or workspace may be called so (DECISIONS 5).
const RESERVED: &[&str] = &[
    "account",
    "analytics",
    "api",
    "approvals",
    "audit",
    "backups",
    "bin",
    "compare",
    "components",
    "delete",
    "deploy",
    "draft",
    "edit",
    "environments",
    "events",
    "export",
    "flows",
    "health",
    "history",
    "import",
    "latest",
    "metrics",
    "new",
    "packages",
    "people",
    "planned",
    "releases",
    "rollouts",
    "runs",
    "schedules",
    "search",
    "set-up",
    "settings",
    "sign-in",
    "sign-out",
    "state",
    "static",
    "theme",
    "tokens",
    "versions",
    "workspaces",
    "w",
];

/// A slug: lower-case letters, digits and single hyphens, 1 to 63 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// Checks what a person typed.
    ///
    /// # Errors
    /// Says which character or word is in the way.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadName("Give it a short name for addresses, such as order-intake.".into()));
        }
        if text.len() > 63 {
            return Err(BadName("Use at most 63 characters.".into()));
        }
        if let Some(bad) = text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
            return Err(BadName(format!("Use lower-case letters, digits and hyphens only; “{bad}” cannot stand in an address.")));
        }
        if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(BadName("Hyphens stand between words: not first, not last, not doubled.".into()));
        }
        if RESERVED.contains(&text) {
            return Err(BadName(format!("“{text}” is used by an address of the console itself; choose another, such as {text}-flow.")));
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug made out of a title, for the form to propose; `None` when nothing usable is left.
    pub fn propose(title: &str) -> Option<Self> {
        let mut out = String::new();
        for c in title.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                out.push(c);
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            if out.len() >= 63 {
                break;
            }
        }
        Self::parse(out.trim_matches('-')).ok()
    }
}

/// A label of a version: usable wherever a version is named, so never digits, `latest` or `draft` (DECISIONS 5).
///
/// # Errors
/// Says which character or word is in the way.
pub fn parse_label(text: &str) -> Result<Option<String>, BadName> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > 40 {
        return Err(BadName("Use at most 40 characters for a label.".into()));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(BadName("Use letters, digits, hyphens, underscores and dots in a label.".into()));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) || matches!(text, "latest" | "draft") || text.starts_with("wflv_") {
        return Err(BadName(format!("“{text}” already names versions in another way; choose a word, such as spring-{text}.")));
    }
    Ok(Some(text.to_owned()))
}

/// A title or a person's name: 1 to `max` characters on one line, ends trimmed.
///
/// # Errors
/// Says what is missing or too long.
pub fn parse_title(what: &str, text: &str, max: usize) -> Result<String, BadName> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadName(format!("Give {what}.")));
    }
    if text.chars().count() > max {
        return Err(BadName(format!("Use at most {max} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(BadName("Write it on one line, without control characters.".into()));
    }
    Ok(text.to_owned())
}

/// A note, comment or reason: any text up to 2,000 characters; `None` when empty.
///
/// # Errors
/// Says that it is too long, or holds what cannot be stored.
pub fn parse_note(text: &str) -> Result<Option<String>, BadName> {
    let text = text.trim();
    if text.contains('\0') {
        return Err(BadName("Take out the character U+0000: it cannot be stored.".into()));
    }
    if text.chars().count() > 2_000 {
        return Err(BadName("Use at most 2,000 characters.".into()));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// An e-mail address, as far as it can be judged without sending to it; lower-cased, because sign-in ignores case.
///
/// # Errors
/// Says what is missing.
pub fn parse_email(text: &str) -> Result<String, BadName> {
    let text = text.trim().to_lowercase();
    let shaped = text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    if !shaped || text.len() > 254 || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(BadName("Give an e-mail address, such as ada@example.org.".into()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_and_never_an_address_of_the_console() {
        assert!(Slug::parse("order-intake").is_ok());
        for bad in ["", "Order", "a--b", "-a", "a-", "backups", "new", "ä", "a b", &"x".repeat(64)] {
            assert!(Slug::parse(bad).is_err(), "{bad} should be refused");
        }
        assert_eq!(Slug::propose("Returns & Refunds (EU)").as_ref().map(Slug::as_str), Some("returns-refunds-eu"));
        assert_eq!(Slug::propose("???"), None);
    }

    #[test]
    fn labels_never_look_like_another_way_to_name_a_version() {
        assert_eq!(parse_label("  "), Ok(None));
        assert_eq!(parse_label("black-friday"), Ok(Some("black-friday".into())));
        for bad in ["12", "latest", "draft", "a b", "wflv_x"] {
            assert!(parse_label(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn notes_hold_any_text_that_can_be_stored() {
        assert_eq!(parse_note(" two\nlines\t").as_ref(), Ok(&Some("two\nlines".to_owned())));
        assert!(parse_note("a\0b").is_err());
    }

    #[test]
    fn addresses_are_lower_cased() {
        assert_eq!(parse_email(" Ada@Example.org ").as_deref(), Ok("ada@example.org"));
        assert!(parse_email("ada").is_err());
    }
}
