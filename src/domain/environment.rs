//! Environments and their configuration versions (PRODUCT §4).

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
