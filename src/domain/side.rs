//! The names of what can be compared, as they stand in addresses (PRODUCT §3.10).

use super::ids::UnsavedId;
use super::version::Selector;

/// What is on one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A version as it stands: `17`, `latest`, `draft`, a label, an id.
    Version(Selector),
    /// A revision of a published version: `17.1`.
    Revision(i64, i64),
    /// A draft as it was saved once, by its lock version: `17@5`.
    Saved(i64, i64),
    /// What stood in an editor, unsaved: `uns_…`.
    Unsaved(UnsavedId),
    /// What new runs take in an environment: `live:production`.
    Live(String),
    /// What a rollout brings to an environment: `candidate:production`.
    Candidate(String),
}

/// A side with the flow it belongs to, where that is another than the page's: `order-copy~17`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideName {
    /// The other flow, by slug or id.
    pub flow: Option<String>,
    /// Which of its contents.
    pub side: Side,
}

impl SideName {
    /// Reads any spelling; none for text that no address holds.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (flow, rest) = match text.split_once('~') {
            Some((flow, rest)) => (Some(is_word(flow).then(|| flow.to_owned())?), rest),
            None => (None, text),
        };
        Some(Self { flow, side: side(rest)? })
    }
}

fn side(text: &str) -> Option<Side> {
    let numbers = |sign: char| {
        let (number, which) = text.split_once(sign)?;
        Some((number.strip_prefix('v').unwrap_or(number).parse().ok()?, which.parse().ok()?))
    };
    if let Some(environment) = text.strip_prefix("live:") {
        return is_word(environment).then(|| Side::Live(environment.to_owned()));
    }
    if let Some(environment) = text.strip_prefix("candidate:") {
        return is_word(environment).then(|| Side::Candidate(environment.to_owned()));
    }
    if let Some(id) = UnsavedId::parse(text) {
        return Some(Side::Unsaved(id));
    }
    if let Some((number, revision)) = numbers('.') {
        return Some(Side::Revision(number, revision));
    }
    if let Some((number, save)) = numbers('@') {
        return Some(Side::Saved(number, save));
    }
    is_word(text).then(|| Side::Version(Selector::parse(text)))
}

/// Letters, digits, hyphens, underscores and dots, as slugs, ids and labels have; never three dots, which part two sides.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains("...") && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(Selector::Number(n)) => write!(f, "{n}"),
            Self::Version(Selector::Latest) => f.write_str("latest"),
            Self::Version(Selector::Draft) => f.write_str("draft"),
            Self::Version(Selector::Id(id)) => write!(f, "{id}"),
            Self::Version(Selector::Label(label)) => f.write_str(label),
            Self::Revision(number, revision) => write!(f, "{number}.{revision}"),
            Self::Saved(number, save) => write!(f, "{number}@{save}"),
            Self::Unsaved(id) => write!(f, "{id}"),
            Self::Live(environment) => write!(f, "live:{environment}"),
            Self::Candidate(environment) => write!(f, "candidate:{environment}"),
        }
    }
}

impl std::fmt::Display for SideName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.flow {
            Some(flow) => write!(f, "{flow}~{}", self.side),
            None => write!(f, "{}", self.side),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_reads_back() {
        for text in ["17", "latest", "draft", "spring-1.2", "17.1", "17@5", "live:production", "candidate:staging", "order-copy~live:test"]
        {
            assert_eq!(SideName::parse(text).map(|side| side.to_string()).as_deref(), Some(text));
        }
        assert_eq!(SideName::parse("v17").map(|side| side.to_string()).as_deref(), Some("17"));
        assert_eq!(SideName::parse(" v17.2 ").map(|side| side.side), Some(Side::Revision(17, 2)));
        for text in ["", "a/b", "live:", "x~", "~1", "1...2", "a b", "live:a/b", "17?x"] {
            assert_eq!(SideName::parse(text), None, "{text}");
        }
    }
}
