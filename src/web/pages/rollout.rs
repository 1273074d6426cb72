//! `/w/{ws}/rollouts`: what is rolling out, what was; and one rollout with its stages, numbers and levers.

use askama::Template;

use crate::web::components::event::EventDay;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::meter::Share;
use crate::web::components::nav::{Crumbs, Pager, Tabs};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /w/{ws}/rollouts`. Part: `open`, polled while something is under way.
#[derive(Template)]
#[template(path = "pages/rollout/list.html", blocks = ["open"])]
pub struct RolloutListPage {
    /// Around the page.
    pub layout: Layout,
    /// What else goes out.
    pub tabs: Tabs,
    /// Those under way.
    pub open: Vec<RolloutRow>,
    /// Those that ended, newest first.
    pub ended: Vec<RolloutRow>,
    /// Foot of those that ended.
    pub pager: Pager,
    /// Only the further pages of those that ended are looked through.
    pub further: bool,
}

/// A rollout in a list.
#[derive(Debug, Clone)]
pub struct RolloutRow {
    /// Its id.
    pub id: String,
    /// Address and name of the flow; no address when the flow is gone.
    pub flow: (Option<String>, String),
    /// Name of the environment.
    pub environment: String,
    /// The primary.
    pub from: Plate,
    /// The candidate.
    pub to: Plate,
    /// The candidate's share.
    pub share: Share,
    /// Where it stands.
    pub status: StatusView,
    /// "Stage 2 of 4".
    pub stage: String,
    /// How it came out, or what is waited for.
    pub says: String,
    /// Since when, or when it ended.
    pub at: TimeView,
    /// Who began or ended it.
    pub by: String,
}

/// `GET /w/{ws}/rollouts/{id}`. Parts: `stages` and `counts`, polled together while it is under way.
#[derive(Template)]
#[template(path = "pages/rollout/show.html", blocks = ["stages", "counts"])]
pub struct RolloutPage {
    /// Around the page.
    pub layout: Layout,
    /// `/w/{ws}/rollouts/{id}`.
    pub base: String,
    /// The way down.
    pub crumbs: Crumbs,
    /// Address and name of the flow.
    pub flow: (String, String),
    /// The primary, large.
    pub from: Plate,
    /// The candidate, large.
    pub to: Plate,
    /// Where it stands.
    pub status: StatusView,
    /// Who began it, when.
    pub started: Rich,
    /// Why it was begun; may be empty.
    pub comment: String,
    /// What was wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// How it comes out, when that needs words.
    pub outcome: Option<OutcomeView>,
    /// Shares it went through, is at, and will take.
    pub stages: Vec<StageView>,
    /// Where the live parts come from; `None` once it has ended.
    pub poll: Option<String>,
    /// It moved on since the page was read, whose levers were for another stage.
    pub moved: bool,
    /// What is told to people who do not see the page.
    pub announce: String,
    /// The counts are swapped beside what was asked for.
    pub beside: bool,
    /// "13:02".
    pub since: String,
    /// "14:32:05".
    pub updated: String,
    /// Both versions, measure by measure.
    pub versus: Versus,
    /// Runs that succeed, over time; `None` when nothing ended yet.
    pub chart: Option<Chart>,
    /// What can be done; `None`: it has ended, or this person may not.
    pub levers: Option<Levers>,
    /// Why there are no levers, if it is under way.
    pub no_levers: String,
    /// What happened since it began, newest first.
    pub happened: Vec<EventDay>,
    /// The history of the flow.
    pub history: String,
}

/// The outcome of a rollout in words.
#[derive(Debug, Clone)]
pub struct OutcomeView {
    /// Kind of the banner.
    pub kind: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// What it came to.
    pub title: String,
    /// Why, and what follows.
    pub text: String,
    /// Where to look: address and words.
    pub links: Vec<(String, String)>,
}

/// A stage in the line of stages.
#[derive(Debug, Clone)]
pub struct StageView {
    /// `done`, `now`, `next` or `bad`.
    pub state: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// "25%".
    pub share: String,
    /// "Now, 12 minutes left".
    pub says: String,
    /// "14:14 to 14:44".
    pub when: String,
    /// How much of it is over, in tenths.
    pub part: u8,
}

/// Both versions side by side.
#[derive(Debug, Clone, Default)]
pub struct Versus {
    /// The primary.
    pub old: Option<Plate>,
    /// The candidate.
    pub new: Option<Plate>,
    /// "Rolls back if v17"; empty without a guard.
    pub limits: String,
    /// Measures.
    pub rows: Vec<VersusRow>,
}

/// One measure of both versions.
#[derive(Debug, Clone, Default)]
pub struct VersusRow {
    /// What is measured.
    pub name: &'static str,
    /// The primary's.
    pub old: Figure,
    /// The candidate's.
    pub new: Figure,
    /// The guard's limit on it: whether it holds, and how much is left.
    pub limit: Option<(StatusView, String)>,
}

impl VersusRow {
    fn sides(&self) -> [(&'static str, &Figure); 2] {
        [("o", &self.old), ("n", &self.new)]
    }
    /// A word for ids of the row's links.
    fn id(&self) -> String {
        self.name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    }
}

/// A figure of a table.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// The figure.
    pub value: String,
    /// Where the runs behind it are listed.
    pub href: Option<String>,
    /// Below it.
    pub sub: String,
    /// What is below it is worse than the primary's.
    pub worse: bool,
}

/// Runs that succeed over time, as lines and as numbers.
#[derive(Debug, Clone)]
pub struct Chart {
    /// "Runs that succeed, last 90 minutes".
    pub heading: String,
    /// Name of the picture.
    pub title: String,
    /// What the picture shows, in words.
    pub says: String,
    /// Horizontal lines: y and label.
    pub grid: Vec<(String, String)>,
    /// Times below: x and label.
    pub times: Vec<(String, String)>,
    /// Shares that were entered: x and label.
    pub marks: Vec<(String, String)>,
    /// The guard's limit: y and label.
    pub goal: Option<(String, String)>,
    /// The primary's line, its label's y, its label.
    pub old: Option<(String, String, String)>,
    /// The candidate's.
    pub new: Option<(String, String, String)>,
    /// Numbers: from when, primary, candidate.
    pub rows: Vec<(String, String, String)>,
    /// What a row of them covers: "5 minutes".
    pub each: String,
}

/// What can be done with a rollout that is under way, each with its consequence.
#[derive(Debug, Clone)]
pub struct Levers {
    /// Routing revision that was seen.
    pub expect: u64,
    /// Words of the button to the next stage, and what it does.
    pub next: (String, String),
    /// It is halted: it can go on.
    pub halted: bool,
    /// What halting or going on does.
    pub hold: String,
    /// What stopping does.
    pub stop: String,
    /// Where the roll back is, its words, and what it does.
    pub back: (String, String, String),
    /// A share of one's choice; none where the plan was approved as it is.
    pub share: Option<Field>,
    /// Between what it can lie, or why there is none.
    pub share_says: String,
    /// The reason, which goes with each of them.
    pub reason: Field,
}

/// A plan in a list.
#[derive(Debug, Clone)]
pub struct PlanRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "5%, 25%, 50%, then all".
    pub stages: String,
    /// "Continues by itself, 30 minutes each".
    pub advance: String,
    /// Its guard in words; empty without one.
    pub guard: String,
    /// When it was changed, by whom.
    pub changed: (TimeView, String),
}

/// `GET /w/{ws}/plans`.
#[derive(Template)]
#[template(path = "pages/plan/list.html")]
pub struct PlanListPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Plans by name.
    pub plans: Vec<PlanRow>,
    /// May keep, change and delete plans.
    pub may: bool,
}

/// `GET /w/{ws}/plans/new` and `…/plans/{id}`.
#[derive(Template)]
#[template(path = "pages/plan/edit.html")]
pub struct PlanPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Name of the plan, or "New plan".
    pub heading: String,
    /// Where the form goes.
    pub action: String,
    /// Revision that was seen; empty for a new plan.
    pub based_on: String,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// Its name.
    pub name: Field,
    /// Percent, minutes and runs of each stage, with spare rows.
    pub rows: Vec<[String; 3]>,
    /// What is wrong with the stages.
    pub stages_error: Option<String>,
    /// `auto` or `manual`.
    pub advance: String,
    /// The guard's fields, in pairs.
    pub guard: Vec<[Field; 2]>,
    /// Where it is deleted; `None`: it is new.
    pub delete: Option<String>,
}
