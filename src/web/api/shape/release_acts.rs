//! What a push, a sync and a restore answer, and what differs between two snapshots.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::compare::Sentence;
use super::release::Release;
use crate::app::release::look::Row;
use crate::app::release::push::Pushed;
use crate::app::release::restore::preview::Preview;
use crate::app::release::restore::{Drafted, Restored};
use crate::app::release::sync::Synced;
use crate::app::release::{self, Left as LeftOf};
use crate::domain::release::compare::Difference;

/// Something that did not come along.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeftBehind {
    /// The flow's or environment's slug.
    pub name: String,
    /// The version's number, where it is one.
    pub version: Option<i64>,
    /// Why.
    pub reason: String,
}

fn left(all: &[LeftOf]) -> Vec<LeftBehind> {
    all.iter().map(|l| LeftBehind { name: l.name.clone(), version: l.version, reason: l.reason.clone() }).collect()
}

/// A version that a push put into development.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PushedVersion {
    /// The flow's slug.
    pub flow: String,
    /// The version that is live in development now.
    pub version: i64,
    /// Whether the push published it; otherwise its content was published already.
    pub published: bool,
}

/// What a push did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PushAnswer {
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// What went out.
    pub pushed: Vec<PushedVersion>,
    /// Where to, by slug.
    pub environments: Vec<String>,
    /// What stayed behind.
    pub left: Vec<LeftBehind>,
}

impl PushAnswer {
    /// Of what was done, with the row as the list shows it.
    pub fn of(done: &Pushed, row: &Row) -> Self {
        let out = |o: &release::push::Out| PushedVersion { flow: o.flow.clone(), version: o.version, published: o.published };
        Self {
            release: Release::from(row),
            pushed: done.out.iter().map(out).collect(),
            environments: done.targets.clone(),
            left: left(&done.left),
        }
    }
}

/// A flow that changed by a sync.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SyncedFlow {
    /// The flow's slug.
    pub flow: String,
    /// The version that stood there before.
    pub from: Option<i64>,
    /// The version that stands there now.
    pub to: i64,
}

/// A proposal that waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProposedFlow {
    /// The flow's slug.
    pub flow: String,
    /// `prp_…`
    pub proposal: String,
}

/// What a sync did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SyncAnswer {
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// Flows that changed.
    pub changed: Vec<SyncedFlow>,
    /// Flows that stood there already.
    pub same: Vec<String>,
    /// In a protected environment: proposals that wait for approvals. Nothing moved yet.
    pub proposed: Vec<ProposedFlow>,
    /// The configuration that was deployed, if it changed.
    pub configuration: Option<i64>,
    /// Values that are managed there and were kept, as `kind.name`.
    pub kept: Vec<String>,
    /// What stayed behind.
    pub left: Vec<LeftBehind>,
    /// The release that holds what stood there before.
    pub backup: Option<i64>,
}

impl SyncAnswer {
    /// Of what was done, with the row as the list shows it.
    pub fn of(done: &Synced, row: &Row) -> Self {
        let changed = done.changed.iter().map(|(flow, from, to)| SyncedFlow { flow: flow.clone(), from: *from, to: *to });
        let proposed = done.proposed.iter().map(|(flow, id)| ProposedFlow { flow: flow.clone(), proposal: id.clone() });
        Self {
            release: Release::from(row),
            changed: changed.collect(),
            same: done.same.clone(),
            proposed: proposed.collect(),
            configuration: done.configuration,
            kept: done.kept.clone(),
            left: left(&done.left),
            backup: done.backup,
        }
    }
}

/// A draft that a restore makes or made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RestoredDraft {
    /// The flow's slug.
    pub flow: String,
    /// The draft's number; null in a preview of one that is still to be made.
    pub draft: Option<i64>,
    /// The version it comes from.
    pub from: i64,
    /// Its content hash; null in a preview.
    pub hash: Option<String>,
    /// The draft in work that stays as an extra one.
    pub extra: Option<i64>,
    /// The working draft holds just that already, so none is made.
    pub was_there: bool,
}

impl From<&Drafted> for RestoredDraft {
    fn from(done: &Drafted) -> Self {
        Self {
            flow: done.flow.clone(),
            draft: Some(done.draft),
            from: done.from,
            hash: Some(done.hash.clone()),
            extra: done.extra,
            was_there: done.was_there,
        }
    }
}

/// What a restore does, or would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RestoreAnswer {
    /// The release's number.
    pub number: i64,
    /// Nothing was done: this is what would be.
    pub preview: bool,
    /// Drafts, by flow.
    pub drafts: Vec<RestoredDraft>,
    /// Environments whose draft configuration changes.
    pub configurations: Vec<String>,
    /// What does not come back.
    pub left: Vec<LeftBehind>,
    /// What is rewritten or brought back by itself.
    pub automatic: Vec<String>,
    /// What is to be looked at by hand.
    pub warnings: Vec<String>,
    /// Of a preview: give it back as `seen` to restore just that.
    pub seen: Option<String>,
}

impl RestoreAnswer {
    /// What would be done.
    pub fn preview(number: i64, found: &Preview) -> Self {
        let drafts = found.coming.iter().map(|c| RestoredDraft {
            flow: c.flow.slug.clone(),
            draft: c.there.as_ref().map(|v| v.number),
            from: c.entry.number,
            hash: None,
            extra: c.extra,
            was_there: c.there.is_some(),
        });
        Self {
            number,
            preview: true,
            drafts: drafts.collect(),
            configurations: found.resets.iter().map(|r| r.environment.slug.clone()).collect(),
            left: left(&found.left),
            automatic: found.automatic.clone(),
            warnings: found.warnings.clone(),
            seen: Some(found.seen.clone()),
        }
    }

    /// What was done.
    pub fn done(number: i64, done: &Restored) -> Self {
        Self {
            number,
            preview: false,
            drafts: done.drafts.iter().map(RestoredDraft::from).collect(),
            configurations: done.configurations.clone(),
            left: left(&done.left),
            automatic: done.automatic.clone(),
            warnings: done.warnings.clone(),
            seen: None,
        }
    }
}

/// One thing that differs between two snapshots.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReleaseChange {
    /// flows, environments, components or sets (packages and plans).
    pub area: String,
    /// added, removed, changed or renamed.
    pub kind: String,
    /// The flow's or environment's slug, or the component's name.
    pub name: String,
    /// In a sentence.
    pub text: String,
    /// The older version, of a flow.
    pub from: Option<i64>,
    /// The newer version, of a flow.
    pub to: Option<i64>,
    /// What changed inside a flow.
    pub sentences: Vec<Sentence>,
    /// What else changed, in sentences: replacements of a configuration, names.
    pub details: Vec<String>,
}

impl From<Difference> for ReleaseChange {
    fn from(found: Difference) -> Self {
        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            area: word(serde_json::to_value(found.area).unwrap_or_default()),
            kind: word(serde_json::to_value(found.kind).unwrap_or_default()),
            name: found.slug,
            text: found.what,
            from: found.from,
            to: found.to,
            sentences: found.changes.into_iter().map(Sentence::from).collect(),
            details: found.replacements.iter().map(|r| r.sentence()).chain(found.more).collect(),
        }
    }
}

/// What differs between two snapshots.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReleaseChanges {
    /// The older side; null for the first release.
    pub from: Option<String>,
    /// The newer side.
    pub to: String,
    /// By area.
    pub changes: Vec<ReleaseChange>,
}
