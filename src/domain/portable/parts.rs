//! What a file is made of. Members keep this order; what is empty is left out.

use serde::{Deserialize, Serialize};

use super::At;
use crate::definition::strict::Strict;

/// A flow with the versions that go with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `document.namespace`: how other flows call it, with the name.
    pub namespace: String,
    /// `document.name`.
    pub document_name: String,
    /// The number its next version gets: numbers are never used again.
    pub next_number: i64,
    /// The number of the draft that *draft* means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_draft: Option<i64>,
    /// Whether a second draft is asked about first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub single_draft: bool,
    /// When it was made.
    pub created_at: At,
    /// By whom.
    pub created_by: String,
    /// Since when it is put away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<At>,
    /// By number.
    pub versions: Vec<Version>,
    /// What frozen versions and their revisions execute, by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
}

/// A version with its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// From 1.
    pub number: i64,
    /// draft, published or archived.
    pub lifecycle: String,
    /// How it came to be.
    pub origin: String,
    /// The number of the version it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// What changed and why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Ticket or commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Unique in the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who made it.
    pub author: String,
    /// When.
    pub created_at: At,
    /// When it was saved last.
    pub updated_at: At,
    /// By whom.
    pub updated_by: String,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<String>,
    /// Since when it is put away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<At>,
    /// Where it was in quarantine when the file was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantines: Vec<Quarantine>,
    /// Publication and hot-fixes, from revision 0 on; drafts have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    /// SHA-256 of definition and settings in canonical form.
    pub hash: String,
    /// Settings: schedules, SLA goals, the key of runs.
    pub settings: Strict,
    /// The author's text, of the newest revision.
    pub text: String,
}

/// A publication (0) or a hot-fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// From 0.
    pub revision: i64,
    /// Which content.
    pub hash: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When.
    pub at: At,
    /// By whom.
    pub by: String,
}

/// Frozen content in canonical form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// SHA-256 over the two that follow.
    pub hash: String,
    /// The definition, keys sorted.
    pub definition: Strict,
    /// The settings, keys sorted.
    pub settings: Strict,
}

/// A mark that keeps a version out of an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// The environment's slug.
    pub environment: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: At,
    /// Who put it there.
    pub by: String,
}

/// A component with all its revisions; of a secret only the name, never the value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// connection, script, cache, lookup, variable or secret.
    pub kind: String,
    /// How flows refer to it.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it was made.
    pub created_at: At,
    /// By whom.
    pub created_by: String,
    /// When it was changed last.
    pub updated_at: At,
    /// By whom.
    pub updated_by: String,
    /// From 1, without gaps.
    pub revisions: Vec<ComponentRevision>,
}

/// What a component held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentRevision {
    /// From 1.
    pub revision: i64,
    /// As its kind says.
    pub content: Strict,
    /// SHA-256 of the content in canonical form.
    pub hash: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When.
    pub at: At,
    /// By whom.
    pub by: String,
}

/// An environment; environments stand in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// development, test, staging or production.
    pub kind: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it is *the* production, which colours number plates.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_production: bool,
    /// Approvals by others that protect it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub approvals: i64,
    /// Windows in which nothing moves forward.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub freezes: Strict,
    /// Only what is live there may go on to here: its slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotes_from: Option<String>,
    /// Configuration versions that the rack keeps.
    pub keeps: i64,
    /// When it was made.
    pub created_at: At,
    /// The versions on its rack, by number.
    pub configurations: Vec<Configuration>,
}

/// A version of an environment's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// From 1.
    pub number: i64,
    /// draft, deployed or inactive.
    pub state: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was made.
    pub created_at: At,
    /// By whom.
    pub created_by: String,
    /// When it was edited last.
    pub updated_at: At,
    /// By whom.
    pub updated_by: String,
    /// When it was deployed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_by: Option<String>,
    /// When another one took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<At>,
    /// Replacements, and the revisions of components it uses.
    pub replacements: Strict,
}

/// A plan of stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Unique in the workspace.
    pub name: String,
    /// Its stages.
    pub stages: Strict,
    /// What starts the next one.
    pub advance: String,
    /// Its guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Strict>,
    /// When it was changed last.
    pub updated_at: At,
    /// By whom.
    pub updated_by: String,
}

/// A package: what goes out together. Where it went is not in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Unique in the workspace.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was made.
    pub created_at: At,
    /// By whom.
    pub created_by: String,
    /// When it was changed last.
    pub updated_at: At,
    /// By whom.
    pub updated_by: String,
    /// By flow.
    pub items: Vec<Item>,
}

/// A flow version of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The flow's slug.
    pub flow: String,
    /// Its version's number.
    pub version: i64,
    /// Its queue priority.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it with a reference
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde calls it with a reference
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_empty(value: &Strict) -> bool {
    value.0.is_null() || value.0.as_array().is_some_and(Vec::is_empty)
}
