//! A flow.

use serde::Serialize;
use utoipa::ToSchema;

use super::{at, at_opt};
use crate::app;
use crate::store::conn::Conn;
use crate::store::environments;
use crate::store::flows::Flow as Row;
use crate::store::{deployments, versions};
use crate::web::api::shape::deployment::Deployment;
use crate::web::api::words;

/// A flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "wfl_06c3k2j8v1fqz7r0m5x9t4hn2b", "slug": "order-intake", "name": "Order intake", "description": "", "namespace": "default",
    "document_name": "order-intake", "working_draft": 2, "latest": 1, "created_at": "2026-11-21T03:18:00.000000Z", "created_by": "Ada", "archived_at": null,
    "presence": [{"environment": "production", "kind": "production", "primary": 1, "candidate": null, "percent": null, "switch": "on", "routing_revision": 1}]
}))]
pub struct Flow {
    /// `wfl_…`
    pub id: String,
    /// As in addresses; unique in the workspace.
    pub slug: String,
    /// For people.
    pub name: String,
    /// What it does.
    pub description: String,
    /// `document.namespace`: how other flows call it, with the name.
    pub namespace: String,
    /// `document.name`.
    pub document_name: String,
    /// The number of the draft that `draft` means.
    pub working_draft: Option<i64>,
    /// The number of the newest published version.
    pub latest: Option<i64>,
    /// RFC 3339.
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// Since when it is put away, RFC 3339.
    pub archived_at: Option<String>,
    /// What is routed in each environment.
    pub presence: Vec<FlowPresence>,
}

/// What is routed for a flow in an environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowPresence {
    /// The environment's slug.
    pub environment: String,
    /// What the environment is for.
    #[schema(value_type = words::EnvironmentKind)]
    pub kind: String,
    /// The version that new runs take.
    pub primary: Option<i64>,
    /// The version that is being rolled out beside it.
    pub candidate: Option<i64>,
    /// The candidate's share of new runs.
    pub percent: Option<f64>,
    /// Whether new runs may start.
    #[schema(value_type = words::Switch)]
    pub switch: String,
    /// Grows with each change; 0 before the first deployment.
    pub routing_revision: i64,
}

impl Flow {
    /// Flows for an answer.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, rows: Vec<Row>, workspace: &str) -> app::Result<Vec<Self>> {
        let environments = environments::list(conn, workspace)?;
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let routing = deployments::of_flows(conn, &ids)?;
        let drafts: Vec<String> = rows.iter().filter_map(|row| row.working_draft.clone()).collect();
        let drafts = versions::get_many(conn, &drafts)?;
        let mut latest = Vec::with_capacity(ids.len());
        for id in &ids {
            latest.push(versions::latest(conn, id)?.map(|version| version.number));
        }
        Ok(rows
            .into_iter()
            .zip(latest)
            .map(|(row, latest)| {
                let presence = environments.iter().map(|environment| {
                    let here = routing.iter().find(|r| r.flow_id == row.id && r.environment_id == environment.id);
                    let deployment = Deployment::of(&row, environment, here, None);
                    FlowPresence {
                        environment: environment.slug.clone(),
                        kind: environment.kind.clone(),
                        primary: deployment.primary,
                        candidate: deployment.candidate,
                        percent: deployment.percent,
                        switch: deployment.switch,
                        routing_revision: deployment.routing_revision,
                    }
                });
                Self {
                    presence: presence.collect(),
                    working_draft: drafts.iter().find(|d| Some(&d.id) == row.working_draft.as_ref()).map(|d| d.number),
                    latest,
                    created_at: at(row.created_at),
                    archived_at: at_opt(row.archived_at),
                    id: row.id,
                    slug: row.slug,
                    name: row.name,
                    description: row.description,
                    namespace: row.namespace,
                    document_name: row.document_name,
                    created_by: row.created_by,
                }
            })
            .collect())
    }
}
