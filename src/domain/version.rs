//! A version's three axes: lifecycle, validity, presence (PRODUCT §2).

crate::text_enum! {
    /// draft → published → archived.
    pub enum Lifecycle ("lifecycle") {
        /// Can be edited.
        Draft = "draft",
        /// Frozen under its content hash.
        Published = "published",
        /// Frozen and put away.
        Archived = "archived",
    }
}

crate::text_enum! {
    /// The colour of a number plate: only production counts (PRODUCT §2).
    pub enum Sync ("sync state") {
        /// Never in production: blue.
        Never = "never",
        /// Was synced to production and is not the current one: amber.
        Earlier = "earlier",
        /// What production runs now: green.
        Current = "current",
    }
}

crate::text_enum! {
    /// How a version came to be.
    pub enum Origin ("origin") {
        /// The first draft of a new flow.
        New = "new",
        /// *New version from this*.
        Version = "version",
        /// *Duplicate as new flow* or *Save as*: the text only, no link.
        Duplicate = "duplicate",
        /// Brought in from a file.
        Import = "import",
        /// Made out of a release.
        Restore = "restore",
    }
}

/// How people and programs name a version of a flow (CONTRACT: `{v}`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// A number, `17` or `v17`.
    Number(i64),
    /// The newest published one.
    Latest,
    /// The working draft.
    Draft,
    /// An id.
    Id(super::ids::VersionId),
    /// A label.
    Label(String),
}

impl Selector {
    /// Reads any spelling; whatever is nothing else is a label.
    pub fn parse(text: &str) -> Self {
        let digits = text.strip_prefix('v').unwrap_or(text);
        match text {
            "latest" => Self::Latest,
            "draft" => Self::Draft,
            _ => match (digits.parse(), super::ids::VersionId::parse(text)) {
                (Ok(number), _) if digits.bytes().all(|b| b.is_ascii_digit()) => Self::Number(number),
                (_, Some(id)) => Self::Id(id),
                _ => Self::Label(text.to_owned()),
            },
        }
    }
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(n) => write!(f, "version {n}"),
            Self::Latest => f.write_str("the latest published version"),
            Self::Draft => f.write_str("the working draft"),
            Self::Id(id) => write!(f, "version {id}"),
            Self::Label(label) => write!(f, "the version labelled “{label}”"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_in_five_ways() {
        assert_eq!(Selector::parse("17"), Selector::Number(17));
        assert_eq!(Selector::parse("v17"), Selector::Number(17));
        assert_eq!(Selector::parse("latest"), Selector::Latest);
        assert_eq!(Selector::parse("draft"), Selector::Draft);
        assert_eq!(Selector::parse("spring"), Selector::Label("spring".into()));
        let id = <super::super::ids::VersionId as crate::clock::Generate>::generate();
        assert_eq!(Selector::parse(id.as_str()), Selector::Id(id));
    }
}
