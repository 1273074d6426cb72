//! An environment and the versions of its configuration.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{at, at_opt};
use crate::app::environment::Stand;
use crate::app::{self, Ctx};
use crate::domain::environment::{Configuration, Difference, Freeze, frozen};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment as Row, EnvironmentVersion as VersionRow};
use crate::web::api::words;

/// An environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "env_06c3k2j8v1fqz7r0m5x9t4hn2b", "slug": "staging", "name": "Staging", "kind": "staging", "description": "",
    "is_production": false, "deployed_version": 4, "draft_version": 5, "promotes_from": "development", "approvals": 0, "keeps": 5,
    "freezes": [{"days": ["saturday", "sunday"], "from_time": "00:00", "to_time": "24:00", "zone": "UTC", "reason": "weekend"}],
    "frozen_until": null, "revision": 9, "created_at": "2026-11-21T03:18:00.000000Z", "archived_at": null
}))]
pub struct Environment {
    /// `env_…`
    pub id: String,
    /// As in addresses.
    pub slug: String,
    /// For people.
    pub name: String,
    /// What it is for.
    #[schema(value_type = words::EnvironmentKind)]
    pub kind: String,
    /// What it is for, in words.
    pub description: String,
    /// Whether it is *the* production, which colours number plates.
    pub is_production: bool,
    /// The number of the deployed configuration: what new runs are pinned to.
    pub deployed_version: Option<i64>,
    /// The number of the draft configuration.
    pub draft_version: Option<i64>,
    /// The environment whose live versions alone may go on to here, by slug.
    pub promotes_from: Option<String>,
    /// Approvals by others than the proposer that protect it; 0: not protected.
    pub approvals: i64,
    /// Configuration versions that are kept: deploying past that takes the oldest inactive one off.
    pub keeps: i64,
    /// Windows in which nothing moves forward: `{from, to, reason}` or `{days, from_time, to_time, zone, reason}`.
    #[schema(value_type = Vec<Object>)]
    pub freezes: Value,
    /// The end of the freeze that holds now, RFC 3339.
    pub frozen_until: Option<String>,
    /// Grows with each change of settings or rack; a deployment of a configuration may name it as `expect`.
    pub revision: i64,
    /// RFC 3339.
    pub created_at: String,
    /// Since when it is put away, RFC 3339.
    pub archived_at: Option<String>,
}

impl Environment {
    /// An environment for an answer.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, ctx: &Ctx, row: Row) -> app::Result<Self> {
        let stand = Stand::load(conn, &row)?;
        let freezes = row.freezes()?;
        let promotes_from = match &row.promotes_from {
            Some(id) => environments::get(conn, id)?.map(|source| source.slug),
            None => None,
        };
        Ok(Self {
            deployed_version: stand.rack.deployed(),
            draft_version: stand.rack.draft(),
            promotes_from,
            frozen_until: frozen(&freezes, ctx.now).map(|f| f.until.rfc3339()),
            freezes: Value::Array(freezes.iter().map(Freeze::to_value).collect()),
            id: row.id,
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            description: row.description,
            is_production: row.is_production,
            approvals: row.approvals,
            keeps: row.keeps,
            revision: row.lock_version,
            created_at: at(row.created_at),
            archived_at: at_opt(row.archived_at),
        })
    }
}

/// One iteration of an environment's configuration.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "envv_06c3k2j8v1fqz7r0m5x9t4hn2b", "number": 5, "state": "draft", "note": "", "author": "Aiko Tanaka",
    "replacements": {"connections": {"payments": "adyen-test"}, "scripts": {"vat": {"name": "vat-eu", "version": 3}}, "caches": {},
        "lookups": {}, "variables": {"region": "eu"}, "secrets": {}, "priority": {"order-intake": 10}},
    "configuration": {}, "managed_here": ["variables.region"], "created_by": "Aiko Tanaka", "created_at": "2026-11-21T03:18:00.000000Z",
    "updated_by": "Aiko Tanaka", "updated_at": "2026-11-21T03:18:00.000000Z", "deployed_by": null, "deployed_at": null,
    "retired_at": null, "binned_at": null, "lock_version": 3
}))]
pub struct EnvironmentVersion {
    /// `envv_…`
    pub id: String,
    /// From 1; never changes and is never used again.
    pub number: i64,
    /// draft, deployed or inactive.
    #[schema(value_type = words::ConfigurationState)]
    pub state: String,
    /// Original component → what stands in for it.
    #[schema(value_type = Object)]
    pub replacements: Value,
    /// The same as `replacements`, under its older name.
    #[schema(value_type = Object)]
    pub configuration: Value,
    /// Replacements that a sync keeps, as `kind.name`.
    pub managed_here: Vec<String>,
    /// What it is about.
    pub note: String,
    /// Who edited it last.
    pub author: String,
    /// Who made it.
    pub created_by: String,
    /// RFC 3339.
    pub created_at: String,
    /// Who edited it last.
    pub updated_by: String,
    /// When it was edited last, RFC 3339.
    pub updated_at: String,
    /// Who deployed it last.
    pub deployed_by: Option<String>,
    /// When it was deployed last, RFC 3339.
    pub deployed_at: Option<String>,
    /// When another one took its place, RFC 3339.
    pub retired_at: Option<String>,
    /// Since when it is off the rack, RFC 3339.
    pub binned_at: Option<String>,
    /// The `ETag` to edit against.
    pub lock_version: i64,
}

impl EnvironmentVersion {
    /// A version for an answer.
    ///
    /// # Errors
    /// A stored text that is no configuration.
    pub fn of(row: VersionRow) -> app::Result<Self> {
        let content = row.content()?;
        let replacements = replacements(&content);
        Ok(Self {
            id: row.id,
            number: row.number,
            state: row.state,
            configuration: replacements.clone(),
            replacements,
            managed_here: content.managed_here.into_iter().collect(),
            note: row.note,
            author: row.updated_by.clone(),
            created_by: row.created_by,
            created_at: at(row.created_at),
            updated_by: row.updated_by,
            updated_at: at(row.updated_at),
            deployed_by: row.deployed_by,
            deployed_at: at_opt(row.deployed_at),
            retired_at: at_opt(row.retired_at),
            binned_at: at_opt(row.binned_at),
            lock_version: row.lock_version,
        })
    }
}

fn replacements(content: &Configuration) -> Value {
    json!({
        "connections": content.connections, "scripts": content.scripts, "caches": content.caches, "lookups": content.lookups,
        "variables": content.variables, "secrets": content.secrets, "priority": content.priority,
    })
}

/// One difference between two configurations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConfigurationChange {
    /// The change in words.
    pub text: String,
    /// added, removed or changed.
    pub kind: String,
    /// connections, scripts, caches, lookups, variables, secrets or priority.
    pub part: String,
    /// The component, or the flow of a priority.
    pub name: String,
    /// Before.
    pub from: Option<String>,
    /// After.
    pub to: Option<String>,
}

impl From<&Difference> for ConfigurationChange {
    fn from(found: &Difference) -> Self {
        Self {
            text: found.sentence(),
            kind: found.kind().to_owned(),
            part: found.part.to_string(),
            name: found.name.clone(),
            from: found.from().map(str::to_owned),
            to: found.to().map(str::to_owned),
        }
    }
}
