//! Runs: the list, one run with its steps, starting, cancelling and retrying.

use askama::Template;

use crate::domain::run::Configured;
use crate::web::components::banner::Banner;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::{Csrf, Layout};
use crate::web::time::TimeView;

/// `GET /w/{ws}/runs`. Parts: `list` and `newer` (polled).
#[derive(Template)]
#[template(path = "pages/run/list.html", blocks = ["list", "newer"])]
pub struct RunListPage {
    /// Around the page.
    pub layout: Layout,
    /// Filters: flow, version, status, environment, trigger.
    pub filters: Vec<Field>,
    /// A filter is set.
    pub filtered: bool,
    /// Query of the filters, to be put behind `?`: `flow=order-intake&state=faulted`.
    pub query: String,
    /// Newest run of this page, after which newer ones are counted.
    pub newest: String,
    /// "7 newer runs" that are not shown yet.
    pub newer: Option<String>,
    /// All of them ran in the only environment there is, which need not be said.
    pub one_environment: bool,
    /// Rows, newest first.
    pub runs: Vec<RunRow>,
    /// Foot.
    pub pager: Pager,
}

/// A row of the run list.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// Whole id.
    pub id: String,
    /// Its last letters, as people say them.
    pub short: String,
    /// State.
    pub status: StatusView,
    /// It failed or needs attention.
    pub bad: bool,
    /// What failed, or what it waits for; may be empty.
    pub says: String,
    /// Flow: slug and name.
    pub flow: (String, String),
    /// Version it is pinned to.
    pub version: u64,
    /// Colour of that version.
    pub sync: Sync,
    /// Name of the environment.
    pub environment: String,
    /// Start.
    pub started: TimeView,
    /// How long it took, or has taken so far.
    pub took: String,
    /// What started it.
    pub trigger: String,
    /// A test run.
    pub test: bool,
}

/// `GET /w/{ws}/runs/{run}`. Part: `live`, polled while it runs.
#[derive(Template)]
#[template(path = "pages/run/show.html", blocks = ["live"])]
pub struct RunPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Address of the run.
    pub base: String,
    /// Its last letters.
    pub short: String,
    /// State.
    pub status: StatusView,
    /// It has not ended.
    pub live: bool,
    /// Flow: address and name.
    pub flow: (String, String),
    /// Version it is pinned to, with a link.
    pub plate: Plate,
    /// Name of the environment and its version.
    pub environment: (String, Tag),
    /// It is pinned to a draft of that configuration, as it was when the run started.
    pub on_draft: bool,
    /// Where that configuration is shown.
    pub environment_href: String,
    /// Start.
    pub started: Option<TimeView>,
    /// How long it took, or has taken so far.
    pub took: String,
    /// What went wrong, or what it waits for.
    pub banner: Option<Banner>,
    /// Which buttons there are.
    pub acts: RunActs,
    /// The axis: from the start to the end, five marks.
    pub axis: Vec<String>,
    /// Steps in the order they began.
    pub steps: Vec<StepRow>,
    /// Where the steps after these are.
    pub more: Option<String>,
    /// Input, output and error of the run, as formatted JSON.
    pub data: Vec<(&'static str, String)>,
    /// Name and value.
    pub facts: Vec<(String, Rich)>,
}

/// What can be done with a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunActs {
    /// It has not ended.
    pub cancel: bool,
    /// It goes on by itself, and can be put down.
    pub suspend: bool,
    /// It was put down, or needs a person.
    pub resume: bool,
    /// It has ended and its version can still be run.
    pub retry: bool,
}

/// A step of a run.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Id in the page, from its place in the list.
    pub id: String,
    /// How deep it stands in other steps, from 0.
    pub depth: u8,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// Name.
    pub name: String,
    /// State.
    pub status: StatusView,
    /// Its bars on the axis: left edge and width in percent, `ok`, `failed` or `wait`.
    pub bars: Vec<(f64, f64, &'static str)>,
    /// The bars in words.
    pub says: String,
    /// "0.8 s".
    pub took: String,
    /// Unfolded: the one that failed.
    pub open: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// More than one, or one that failed: number, start, duration, result.
    pub attempts: Vec<[String; 4]>,
    /// The run of the flow it called: address and last letters.
    pub child: Option<(String, String)>,
    /// As formatted JSON; None: not recorded.
    pub input: Option<String>,
    /// As formatted JSON; None: there is none (yet).
    pub output: Option<String>,
}

/// What the dialog of a start is made of.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where the form goes, and where the safe choice leads.
    pub base: String,
    /// Name of the flow.
    pub name: String,
    /// Environments it may be started in: slug and words.
    pub environments: Vec<(String, String)>,
    /// The one that is picked.
    pub environment: String,
    /// Versions: empty value "as the environment decides", then numbers.
    pub versions: Vec<(String, String)>,
    /// The one that is picked.
    pub version: String,
    /// Which version would be used and why, or why none.
    pub resolution: Vec<CheckView>,
    /// Fields of the input schema; empty when there is none.
    pub inputs: Vec<Field>,
    /// The whole input as JSON.
    pub raw: String,
    /// Mark it as a test.
    pub test: bool,
    /// With the draft configuration, which only a test may use.
    pub on_draft: bool,
    /// Key of this form: sent twice, it starts once.
    pub idempotency_key: String,
}

/// The dialog of a start.
pub fn start(s: Start, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let mut d = Dialog::new(
        "start",
        csrf,
        format!("Start a run of {}", s.name),
        format!("{}/runs", s.base),
        (s.base.clone(), "Cancel"),
        "Start the run",
    );
    d.summary = ErrorSummary::of("No run was started", errors);
    d.hidden = vec![("idempotency_key", s.idempotency_key)];
    d.checks = s.resolution;
    d.fields = vec![
        Field::choice("environment", "Environment", s.environments).value(s.environment).check_in(errors),
        Field::choice("version", "Version", s.versions).value(s.version).check_in(errors),
    ];
    let by_fields = !s.inputs.is_empty();
    d.fields.extend(s.inputs);
    let raw = Field::line("input", if by_fields { "Or the whole input as JSON" } else { "Input as JSON" })
        .control(Control::CodeText)
        .lines(if by_fields { 3 } else { 8 })
        .value(s.raw)
        .check_in(errors);
    d.fields.push(if by_fields { raw.hint("When this is filled in, the fields above are not used.") } else { raw });
    d.fields.push(Field::check("test", "Test run: labelled, and left out of every figure", s.test));
    let pick = |value: Configured, words: &str| (value.as_str().to_owned(), words.to_owned());
    let configurations =
        vec![pick(Configured::Deployed, "The deployed one"), pick(Configured::Draft, "The draft as it is now, for a test run only")];
    let chosen = if s.on_draft { Configured::Draft } else { Configured::Deployed };
    d.fields
        .push(Field::choice("configuration", "Configuration of the environment", configurations).value(chosen.as_str()).check_in(errors));
    d
}

/// The dialog that cancels a run.
pub fn cancel(base: &str, short: &str, csrf: &Csrf) -> Dialog {
    let mut d = Dialog::new(
        "cancel",
        csrf,
        format!("Cancel run {short}?"),
        format!("{base}/cancel"),
        (base.to_owned(), "Let it run"),
        "Cancel the run",
    );
    d.checks = vec![
        CheckView::bad("It ends at its next step. Steps that already ran are not undone."),
        CheckView::ok("Its input can be run again later."),
    ];
    d.fields = vec![Field::line("reason", Rich::new().text("Reason ").dim("(optional, shown in History)"))];
    d.danger = true;
    d
}

/// The dialog that runs the same input again. `versions` are value and words, the run's own first.
pub fn retry(
    base: &str,
    short: &str,
    versions: Vec<(String, String)>,
    checks: Vec<CheckView>,
    csrf: &Csrf,
    errors: &FieldErrors,
) -> Dialog {
    let mut d =
        Dialog::new("retry", csrf, format!("Run {short} again?"), format!("{base}/retry"), (base.to_owned(), "Leave it"), "Run it again");
    d.summary = ErrorSummary::of("No run was started", errors);
    d.intro = "A new run with the same input is made and linked to this one. The same version tells whether it was the world, another whether it was the flow.".into();
    d.checks = checks;
    d.fields = vec![Field::choice("version", "Version", versions).check_in(errors)];
    d
}
