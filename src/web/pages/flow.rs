//! `/w/{ws}/flows/{flow}`: the versions of a flow, what production runs, its settings; and making a flow.

use askama::Template;

use crate::web::components::banner::Banner;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::meter::{Share, Spark};
use crate::web::components::nav::{Choice, Crumbs, Pager, Segments, Tabs};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// What every page of a flow has on top.
#[derive(Debug, Clone)]
pub struct FlowHead {
    /// `/w/{ws}/flows/{flow}`.
    pub base: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl FlowHead {
    /// The flow in an environment: where its levers post to.
    pub(crate) fn at(&self, environment: &str) -> String {
        format!("{}/environments/{environment}", self.base)
    }

    /// The breadcrumbs of the flow's own page.
    pub fn own_crumbs(&self, layout: &Layout) -> Crumbs {
        Crumbs::here(self.name.as_str()).below(layout.home(), "Dashboard")
    }

    /// The breadcrumbs down to the flow, ending in `here`.
    pub fn crumbs(&self, layout: &Layout, here: &str) -> Crumbs {
        Crumbs::here(here).below(layout.home(), "Dashboard").below(self.base.as_str(), self.name.as_str())
    }

    /// The tabs, with the one at `here` lit: `versions`, `history`, `settings`. Runs are the run list's.
    pub fn tabs(&self, layout: &Layout, here: &str) -> Tabs {
        Tabs {
            label: self.name.clone(),
            tabs: vec![
                Choice::new(self.base.as_str(), "Versions", here == "versions"),
                Choice::new(format!("{}/runs?flow={}", layout.home(), self.slug), "Runs", false),
                Choice::new(format!("{}/history", self.base), "History", here == "history"),
                Choice::new(format!("{}/settings", self.base), "Settings", here == "settings"),
            ],
        }
    }
}

/// The version table. Parts: `production` (polled) and `versions`.
#[derive(Template)]
#[template(path = "pages/flow/show.html", blocks = ["production", "versions"])]
pub struct FlowPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// Tabs.
    pub tabs: Tabs,
    /// What this person may do.
    pub may: May,
    /// Number of the working draft.
    pub draft: Option<u64>,
    /// What production runs.
    pub production: Production,
    /// The other environments.
    pub places: Vec<PlaceRow>,
    /// Which version a start would use, by environment.
    pub offers: Vec<OfferRow>,
    /// Filters of the table.
    pub filters: Segments,
    /// Rows, newest first.
    pub versions: Vec<VersionRow>,
    /// Versions that stay selected when the page is shown again.
    pub selected: Vec<u64>,
    /// What is wrong with a selection: "Select two versions to compare."
    pub compare_refused: Option<String>,
    /// Why no row is shown, when none is.
    pub none: String,
    /// Foot of the table.
    pub pager: Pager,
}

/// What a person may do with flows.
#[derive(Debug, Clone, Copy, Default)]
pub struct May {
    /// Write drafts.
    pub edit: bool,
    /// Deploy, pause, stop, roll back; start runs in production.
    pub operate: bool,
    /// Start runs at all.
    pub start: bool,
}

/// What the production environment runs.
#[derive(Debug, Clone)]
pub struct Production {
    /// Name of the environment.
    pub name: String,
    /// Slug of the environment.
    pub slug: String,
    /// "1,240" new runs a day.
    pub a_day: String,
    /// One line a version that gets new runs; the primary first. Empty: nothing is live.
    pub tracks: Vec<Track>,
    /// Paused, disabled, stopped.
    pub switch: Option<StatusView>,
    /// Who did that, when and why.
    pub switch_says: Rich,
    /// Figures beside.
    pub stats: Vec<Stat>,
    /// Version that a roll back would lead to.
    pub back_to: Option<u64>,
    /// The rollout under way.
    pub rollout: Option<String>,
    /// Which levers exist now.
    pub levers: Levers,
}

/// Which of the four verbs (PRODUCT §5.7) can be used now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Levers {
    /// Refuse new starts, let running ones finish.
    pub pause: bool,
    /// Take starts again.
    pub resume: bool,
    /// Triggers off, manual and test runs allowed.
    pub disable: bool,
    /// Triggers on again.
    pub enable: bool,
    /// Off, and cancel what runs.
    pub stop: bool,
}

impl Levers {
    /// Something can be done.
    pub fn any(self) -> bool {
        self.pause || self.resume || self.disable || self.enable || self.stop
    }
}

/// Which version a start would use in an environment (PRODUCT §5.8).
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// Name of the environment.
    pub environment: String,
    /// The version, or both of a rollout with their shares; empty: none.
    pub versions: Vec<(Plate, String)>,
    /// Why, or why none.
    pub why: Rich,
}

/// A version and its share of the new runs.
#[derive(Debug, Clone)]
pub struct Track {
    /// The version.
    pub plate: Plate,
    /// Its share, 0 to 100.
    pub percent: u32,
}

/// A figure of the production box.
#[derive(Debug, Clone)]
pub struct Stat {
    /// What it counts.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Below it.
    pub sub: Rich,
    /// Its picture.
    pub spark: Option<Spark>,
}

impl Production {
    /// The drawing of the junction: `d`, width and colour of each line.
    fn lines(&self) -> Vec<(String, u32, &'static str)> {
        let thick = |percent: u32| (percent * 16 / 100).max(2);
        let mut lines = vec![("M0 32H50".to_owned(), 16, "in")];
        match &self.tracks[..] {
            [] => {}
            [one] => lines.push(("M49 32C92 32 82 16 120 16H160".to_owned(), 16, one.plate.sync.code())),
            [one, other, ..] => {
                let (a, b) = (thick(one.percent), thick(other.percent));
                lines.push((format!("M49 {}C92 {0} 82 48 120 48H160", 40 - b / 2), b, other.plate.sync.code()));
                lines.push((format!("M49 {}C92 {0} 82 16 120 16H160", 24 + a / 2), a, one.plate.sync.code()));
            }
        }
        lines
    }
    fn says(&self) -> String {
        let parts: Vec<_> = self.tracks.iter().map(|t| format!("{}% use version {}", t.percent, t.plate.number)).collect();
        format!("New runs: {}", parts.join(", "))
    }
}

/// Another environment in which the flow is deployed, or could be.
#[derive(Debug, Clone)]
pub struct PlaceRow {
    /// Name.
    pub name: String,
    /// Slug.
    pub slug: String,
    /// What runs there.
    pub plate: Option<Plate>,
    /// Live, paused, …
    pub status: Option<StatusView>,
    /// Since when.
    pub since: Option<TimeView>,
    /// What is rolling out there beside it, and where that is watched.
    pub rolling: Option<(Plate, Share, String)>,
    /// Version that a roll back would lead to.
    pub back_to: Option<u64>,
    /// Which levers exist now.
    pub levers: Levers,
}

/// A row of the version table.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Number.
    pub number: u64,
    /// Colour.
    pub sync: Sync,
    /// Lifecycle, validity or presence, what matters of them.
    pub status: StatusView,
    /// The note.
    pub note: String,
    /// "Runs in Development · From v18"; may be empty.
    pub sub: String,
    /// What it is in production.
    pub production: InProduction,
    /// Name of the author.
    pub author: String,
    /// When it was made.
    pub created: TimeView,
    /// When it was last synced to production.
    pub synced: Option<TimeView>,
    /// "18,412".
    pub runs: String,
    /// "99.4%", and whether that is worse than it should be.
    pub success: Option<(String, bool)>,
    /// "2.6 s", and whether that is worse than it should be.
    pub p95: Option<(String, bool)>,
    /// Version before it, to compare with.
    pub before: Option<u64>,
    /// What can be done with it.
    pub acts: VersionActs,
}

/// What a version is in production.
#[derive(Debug, Clone)]
pub enum InProduction {
    /// Never was there.
    Never,
    /// Was there.
    Earlier,
    /// Is the current one.
    Current,
    /// Is the current one and shares with another.
    CurrentShare(Share),
    /// Is rolling out.
    Rolling(Share),
    /// Was rolled back from; cannot be deployed until released.
    Quarantined,
}

/// What can be done with a version as things stand; what cannot is said with its reason.
#[derive(Debug, Clone, Default)]
pub struct VersionActs {
    /// It is a draft that may be written.
    pub edit: bool,
    /// It is a draft that may be published.
    pub publish: bool,
    /// It may be deployed somewhere.
    pub deploy: bool,
    /// A draft may be made from it, and a flow.
    pub copy: bool,
    /// It may be archived.
    pub archive: bool,
    /// It may be brought back from the archive.
    pub unarchive: bool,
    /// It may be deleted.
    pub delete: bool,
    /// Why it cannot be deleted: "Cannot be deleted while it is live".
    pub kept: Option<String>,
}

/// `GET …/settings`.
#[derive(Template)]
#[template(path = "pages/flow/settings.html")]
pub struct FlowSettingsPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// Tabs.
    pub tabs: Tabs,
    /// May change them.
    pub may_edit: bool,
    /// The flow is put away.
    pub archived: bool,
    /// What can be set.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// Facts: name and value.
    pub facts: Vec<(String, Rich)>,
    /// Where the flow is used by others; empty: nowhere.
    pub used_by: Vec<Rich>,
}

/// `GET /w/{ws}/flows/new`.
#[derive(Template)]
#[template(path = "pages/flow/new.html")]
pub struct NewFlowPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What is asked.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// The flow that has the name already: its address and name.
    pub clash: Option<Banner>,
}

/// What was typed into the form of a new flow.
#[derive(Debug, Clone, Default)]
pub struct NewFlow {
    /// Name.
    pub name: String,
    /// Slug.
    pub slug: String,
    /// What it is for.
    pub description: String,
    /// `blank`, `http`, `schedule`, … of `starters`.
    pub starter: String,
    /// A definition to begin with.
    pub definition: String,
}

impl NewFlow {
    /// The fields. `starters` are value and words of the definitions to begin with.
    pub fn fields(self, starters: Vec<(String, String)>, errors: &FieldErrors) -> Vec<Field> {
        vec![
            Field::line("name", "Name").value(self.name).required().autofocus().hint("As people call it: “Order intake”.").check_in(errors),
            Field::line("slug", "Address")
                .control(Control::Code)
                .value(self.slug)
                .hint("Lower-case letters, digits and dashes. Left empty, it is made from the name. It does not change later.")
                .check_in(errors),
            Field::line("description", "What it is for").value(self.description).check_in(errors),
            Field::choice("starter", "Begin with", starters).value(self.starter).check_in(errors),
            Field::line("definition", "Or paste a definition")
                .control(Control::CodeText)
                .lines(10)
                .value(self.definition)
                .hint("YAML or JSON of the Serverless Workflow specification. It may have errors; they are listed in the editor.")
                .check_in(errors),
        ]
    }
}
