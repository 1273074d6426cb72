//! Releases: the Versions list, one of them, push, sync, restore, compare (PRODUCT §6).

use askama::Template;

use crate::web::components::change::{ChangeView, CheckView};
use crate::web::components::differences::Differences;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager, Segments};
use crate::web::components::plate::{Plate, Tag};
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /w/{ws}/versions`
#[derive(Template)]
#[template(path = "pages/release/list.html")]
pub struct ReleaseListPage {
    /// Around the page.
    pub layout: Layout,
    /// Address of the list.
    pub base: String,
    /// Which of them are shown.
    pub filter: Segments,
    /// The word of that filter, for the search form; may be empty.
    pub show: String,
    /// What was searched for.
    pub query: String,
    /// Something narrows the list.
    pub filtered: bool,
    /// Flows with a draft in work.
    pub drafts: usize,
    /// Newest first.
    pub releases: Vec<ReleaseRow>,
    /// Foot.
    pub pager: Pager,
    /// The person may push.
    pub may_push: bool,
    /// The person may restore.
    pub may_restore: bool,
}

/// A release in the list.
#[derive(Debug, Clone)]
pub struct ReleaseRow {
    /// Its number, in its colour.
    pub plate: Plate,
    /// As a number.
    pub number: i64,
    /// What its author wrote; may be empty.
    pub comment: String,
    /// "Pushed", "Kept before a deployment", "Kept by a deployment".
    pub origin: &'static str,
    /// Who.
    pub author: String,
    /// When.
    pub at: TimeView,
    /// When it last went to production.
    pub synced: Option<TimeView>,
    /// It is what production runs now.
    pub current: bool,
    /// It can be restored.
    pub restorable: bool,
    /// Where its changes are shown.
    pub changes: String,
}

/// `GET /w/{ws}/versions/{n}`
#[derive(Template)]
#[template(path = "pages/release/show.html")]
pub struct ReleasePage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its address.
    pub base: String,
    /// Its number.
    pub number: i64,
    /// The same in its colour.
    pub plate: Plate,
    /// What its author wrote; may be empty.
    pub comment: String,
    /// How it came to be, who, when.
    pub made: Rich,
    /// It can be restored by this person.
    pub restore: bool,
    /// Environments it can be synced to by this person: slug and name.
    pub sync: Vec<(String, String)>,
    /// What it can be compared with: side and words.
    pub sides: Vec<(String, String)>,
    /// The number of the one before it.
    pub previous: Option<i64>,
    /// What changed since that one.
    pub differences: Differences,
    /// Flows it holds.
    pub flows: Vec<HeldFlow>,
    /// Environments it holds.
    pub environments: Vec<HeldEnvironment>,
    /// "12 components, 2 packages, 1 plan".
    pub also: String,
    /// Where it went, newest first.
    pub syncs: Vec<WentTo>,
    /// The start of its hash.
    pub hash: String,
}

/// A flow in a release.
#[derive(Debug, Clone)]
pub struct HeldFlow {
    /// Address of the flow; none when it is gone.
    pub href: Option<String>,
    /// Its name then.
    pub name: String,
    /// Its version, in the colour it has now.
    pub plate: Plate,
    /// "3.1" when it was hot-fixed; may be empty.
    pub revision: String,
    /// Names of the environments where that version is live now.
    pub live: String,
    /// The start of its hash.
    pub hash: String,
}

/// An environment in a release.
#[derive(Debug, Clone)]
pub struct HeldEnvironment {
    /// Its name then.
    pub name: String,
    /// The configuration that was deployed.
    pub tag: Option<Tag>,
    /// "4 replacements, 1 managed here".
    pub says: String,
}

/// One sync of a release.
#[derive(Debug, Clone)]
pub struct WentTo {
    /// Name of the environment.
    pub environment: String,
    /// When.
    pub at: TimeView,
    /// Who.
    pub by: String,
    /// Why.
    pub comment: String,
    /// What it did, a line each.
    pub lines: Vec<String>,
}

/// A flow that waits to be pushed, or that a sync would change.
#[derive(Debug, Clone)]
pub struct Item {
    /// The flow's slug.
    pub slug: String,
    /// Address and name of the flow.
    pub flow: (String, String),
    /// The version that would go.
    pub plate: Plate,
    /// What it would take the place of: "made from version 3", "in place of version 2".
    pub says: Rich,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// Where that is shown in full; may be empty.
    pub compare: String,
    /// It is ticked.
    pub ticked: bool,
    /// It can be ticked.
    pub open: bool,
    /// What stands in the way.
    pub problems: Vec<CheckView>,
    /// Safe repairs: what the form says, and the button's words.
    pub offers: Vec<(String, String)>,
}

/// `GET /w/{ws}/versions/push`
#[derive(Template)]
#[template(path = "pages/release/push.html")]
pub struct PushPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Where the form goes.
    pub action: String,
    /// The list of releases.
    pub keep: String,
    /// The number it would get.
    pub number: i64,
    /// "Development"; empty where there is none.
    pub targets: String,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// What was looked at.
    pub seen: String,
    /// Flows with something to push.
    pub items: Vec<Item>,
    /// Drafts that stay.
    pub left: Vec<CheckView>,
    /// Comment and *Backup version*.
    pub fields: Vec<Field>,
}

impl PushPage {
    /// Something can be ticked.
    fn any(&self) -> bool {
        self.items.iter().any(|item| item.open)
    }
}

/// `GET /w/{ws}/versions/{n}/sync?environment=`
#[derive(Template)]
#[template(path = "pages/release/sync.html")]
pub struct SyncPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Address of the release.
    pub base: String,
    /// Its number, in its colour.
    pub plate: Plate,
    /// Environments to choose from.
    pub environments: Segments,
    /// Slug and name of the one that is picked.
    pub environment: (String, String),
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// What was looked at.
    pub seen: String,
    /// Checks of the environment itself.
    pub checks: Vec<CheckView>,
    /// Flows that would change.
    pub items: Vec<Item>,
    /// Flows that stand there already, by name.
    pub same: String,
    /// Where configuration values come from; empty when they stay.
    pub source: String,
    /// What changes in the configuration.
    pub configuration: Vec<ChangeView>,
    /// Values that are kept, because they are managed there or stand only there.
    pub kept: Vec<CheckView>,
    /// What stays behind.
    pub left: Vec<CheckView>,
    /// Comment, configuration, the slug.
    pub fields: Vec<Field>,
    /// Words of the act; none when it cannot be done.
    pub act: Option<String>,
    /// It makes proposals.
    pub propose: bool,
}

/// A flow that comes back.
#[derive(Debug, Clone)]
pub struct ComesBack {
    /// Address and name of the flow.
    pub flow: (String, String),
    /// The version it comes from.
    pub plate: Plate,
    /// "as a new draft; draft 19 stays as an extra one".
    pub says: Rich,
    /// "Compared with draft 19"; may be empty.
    pub against: String,
    /// What that changes.
    pub changes: Vec<ChangeView>,
}

/// `GET /w/{ws}/versions/{n}/restore`
#[derive(Template)]
#[template(path = "pages/release/restore.html")]
pub struct RestorePage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Address of the release.
    pub base: String,
    /// Its number, in its colour.
    pub plate: Plate,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// What was looked at.
    pub seen: String,
    /// Flows.
    pub flows: Vec<ComesBack>,
    /// Environments: name, whether work in the draft is replaced, what changes.
    pub configurations: Vec<(String, bool, Vec<ChangeView>)>,
    /// What happens by itself.
    pub automatic: Vec<CheckView>,
    /// What is to be looked at by hand.
    pub warnings: Vec<CheckView>,
    /// What does not come back.
    pub left: Vec<CheckView>,
    /// The comment.
    pub comment: Field,
    /// Words of the act; none when nothing would come back.
    pub act: Option<String>,
}

/// `GET /w/{ws}/compare/{a}...{b}`
#[derive(Template)]
#[template(path = "pages/release/compare.html")]
pub struct CompareSidesPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// `/w/{ws}/compare`.
    pub base: String,
    /// What can be compared: side and words.
    pub choices: Vec<(String, String)>,
    /// The older side: spelling and words.
    pub from: (String, String),
    /// The newer side.
    pub to: (String, String),
    /// "3 differences".
    pub says: String,
    /// What differs.
    pub differences: Differences,
}
