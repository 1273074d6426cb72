//! Components as programs see them; of secrets only that there is a value, never which.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::at;
use crate::app::component::secret::Set;
use crate::app::component::used::Uses;
use crate::app::component::{revision, secret};
use crate::app::{self};
use crate::domain::component::{Content, Kind};
use crate::store::components::{self, Revision as Stored};
use crate::store::conn::Conn;
use crate::web::api::words;

/// A component in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentSummary {
    /// `cmp_…`
    pub id: String,
    /// What it is.
    #[schema(value_type = words::ComponentKind)]
    pub kind: String,
    /// How flows refer to it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The latest revision, from 1. Of a script, what `NAME:VERSION@default` means.
    pub revision: i64,
    /// Grows with each change; the ETag.
    pub lock_version: i64,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last, RFC 3339.
    pub updated_at: String,
    /// Who changed it last.
    pub updated_by: String,
    /// Of a secret: whether it has a value, since when, and by whom. The value itself is never given out.
    pub value: Option<SecretValue>,
}

/// That a secret has a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretValue {
    /// When it was set, RFC 3339.
    pub set_at: String,
    /// Who set it.
    pub set_by: String,
}

/// A component with what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Component {
    /// What a list says of it.
    #[serde(flatten)]
    pub summary: ComponentSummary,
    /// What it holds, as its kind says; empty for a secret.
    #[schema(value_type = Object)]
    pub content: Value,
    /// SHA-256 of the content in canonical form.
    pub hash: String,
}

/// One revision of a component.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentRevision {
    /// From 1.
    pub revision: i64,
    /// What it held.
    #[schema(value_type = Object)]
    pub content: Value,
    /// SHA-256 of the content in canonical form.
    pub hash: String,
    /// Why it was made.
    pub note: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339.
    pub created_at: String,
}

/// Where a component is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// Live versions and working drafts that name it.
    pub versions: Vec<VersionUsage>,
    /// Draft and deployed configurations that replace it, or another with it.
    pub configurations: Vec<ConfigurationUsage>,
    /// Components that name it.
    pub components: Vec<ComponentName>,
}

/// A version that names a component.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionUsage {
    /// The flow's slug.
    pub flow: String,
    /// The version's number.
    pub version: i64,
    /// Whether it is live somewhere; otherwise it is the working draft.
    pub live: bool,
    /// Where the name stands in its definition.
    pub pointer: String,
}

/// A configuration that names a component.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfigurationUsage {
    /// The environment's slug.
    pub environment: String,
    /// The configuration's number.
    pub number: i64,
    /// draft or deployed.
    #[schema(value_type = words::ConfigurationState)]
    pub state: String,
}

/// A component by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentName {
    /// What it is.
    #[schema(value_type = words::ComponentKind)]
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl ComponentSummary {
    /// From a stored row.
    pub fn new(row: components::Component, set: Option<Set>) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            description: row.description,
            revision: row.revision,
            lock_version: row.lock_version,
            created_at: at(row.created_at),
            created_by: row.created_by,
            updated_at: at(row.updated_at),
            updated_by: row.updated_by,
            value: set.map(|set| SecretValue { set_at: at(set.at), set_by: set.by }),
        }
    }
}

impl Component {
    /// With what it holds now.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, row: components::Component) -> app::Result<Self> {
        let set = if row.kind()? == Kind::Secret { secret::set_when(conn, &row)? } else { None };
        let (stored, content) = revision(conn, &row, None)?;
        Ok(Self { content: content.to_value(), hash: stored.content_hash, summary: ComponentSummary::new(row, set) })
    }
}

impl ComponentRevision {
    /// From a stored row.
    ///
    /// # Errors
    /// It is not what was stored.
    pub fn of(kind: Kind, row: Stored) -> app::Result<Self> {
        let content = Content::stored(kind, &row.content).map_err(crate::store::error::Error::corrupt)?;
        Ok(Self {
            revision: row.revision,
            content: content.to_value(),
            hash: row.content_hash,
            note: row.note,
            created_by: row.created_by,
            created_at: at(row.created_at),
        })
    }
}

impl From<Uses> for Usage {
    fn from(uses: Uses) -> Self {
        let versions = uses.versions.into_iter().map(|u| VersionUsage {
            flow: u.flow.slug,
            version: u.version.number,
            live: u.live,
            pointer: u.pointer,
        });
        let configurations = uses.configurations.into_iter().map(|u| ConfigurationUsage {
            environment: u.environment.slug,
            number: u.number,
            state: u.state,
        });
        let components = uses.components.into_iter().map(|(kind, name)| ComponentName { kind: kind.as_str().to_owned(), name });
        Self { versions: versions.collect(), configurations: configurations.collect(), components: components.collect() }
    }
}
