//! The sides of a comparison as addresses spell them: `release:5`, `env:production`, `now`.

/// One side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// What a release holds, by its number.
    Release(i64),
    /// What is live in an environment, by its slug.
    Environment(String),
    /// The workspace as it stands in the editors: working drafts, draft configurations.
    Now,
}

impl Side {
    /// Reads an address; `None` when it is spelt in no known way.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "now" => Some(Self::Now),
            Some(("release", number)) if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok().map(Self::Release),
            Some(("env", slug)) if !slug.is_empty() => Some(Self::Environment(slug.to_owned())),
            _ => None,
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Release(number) => write!(f, "release:{number}"),
            Self::Environment(slug) => write!(f, "env:{slug}"),
            Self::Now => f.write_str("now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_read_back_as_it_was_spelt() {
        for text in ["release:5", "env:production", "now"] {
            assert_eq!(Side::parse(text).map(|s| s.to_string()).as_deref(), Some(text));
        }
        for text in ["", "later", "release:", "release:x", "release:-1", "env:", "now:1"] {
            assert_eq!(Side::parse(text), None, "{text}");
        }
    }
}
