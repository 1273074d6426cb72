//! Environments and their configuration versions (PRODUCT §4).

pub mod configuration;
pub mod difference;
pub mod freeze;
pub mod rack;
pub mod read;

pub use configuration::{Configuration, Entry, Part, Script, ScriptVersion, priority_of};
pub use difference::{Difference, What, differences};
pub use freeze::{Freeze, Frozen, frozen};
pub use rack::Rack;

crate::text_enum! {
    /// What an environment is for; functional, not a label (PRODUCT §4.5).
    pub enum Kind ("kind of environment") {
        /// Drafts may run here.
        Development = "development",
        /// Automatic checks.
        Test = "test",
        /// The last stop before production.
        Staging = "staging",
        /// The real thing: never falls back to a draft.
        Production = "production",
    }
}

impl Kind {
    /// The kind as a heading or choice: "Staging".
    pub const fn title(self) -> &'static str {
        match self {
            Self::Development => "Development",
            Self::Test => "Test",
            Self::Staging => "Staging",
            Self::Production => "Production",
        }
    }

    /// What the kind does, in one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Development => "Starts take the newest ready draft; editors may deploy.",
            Self::Test => "Starts take what is live; operators deploy.",
            Self::Staging => "The last stop before production: starts take what is live; operators deploy.",
            Self::Production => "Never falls back to a draft; deploying asks for a comment.",
        }
    }
}

crate::text_enum! {
    /// Where a configuration version stands (PRODUCT §4.2).
    pub enum ConfigurationState ("state of a configuration") {
        /// Being edited.
        Draft = "draft",
        /// What runs use.
        Deployed = "deployed",
        /// Was deployed; can be deployed again.
        Inactive = "inactive",
    }
}
