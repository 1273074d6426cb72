//! Deploying a version, rolling back, stopping: what will happen is said before it does (PRODUCT §5).

use askama::Template;

use crate::web::components::change::{ChangeView, CheckState, CheckView};
use crate::web::components::dialog::{Dialog, Instead};
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::{Csrf, Layout};
use crate::web::numbers::{count_up_to, plural};
use crate::web::pages::flow::FlowHead;
use crate::web::pages::roll::RollView;

/// `GET …/deploy?version=32`. Parts: `dialog` and `checks`.
#[derive(Template)]
#[template(path = "pages/deployment/deploy.html", blocks = ["dialog", "checks"])]
pub struct DeployPage {
    /// Around the page.
    pub layout: Layout,
    /// The flow.
    pub flow: FlowHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// What is deployed, large.
    pub plate: Plate,
    /// "Priya Nair, 15 Nov".
    pub plate_says: String,
    /// What the first ticked environment runs now, large; None: nothing.
    pub running: Option<Plate>,
    /// "since 27 Oct, 99.9% succeed".
    pub running_says: String,
    /// Name of that environment.
    pub running_in: String,
    /// Version of which `changes` are the differences; None when nothing runs there.
    pub compared_with: Option<u64>,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// What was checked.
    pub checks: Vec<CheckView>,
    /// Where it can go.
    pub targets: Vec<Target>,
    /// What was typed as comment.
    pub comment: String,
    /// What happens to runs in flight: `drain` or `terminate`.
    pub in_flight: String,
    /// *Backup first* is ticked.
    pub backup: bool,
    /// Runs in flight in the ticked environments.
    pub runs_in_flight: u64,
    /// How much at once.
    pub roll: RollView,
    /// What is wrong with what was sent.
    pub errors: FieldErrors,
    /// Its summary.
    pub summary: Option<ErrorSummary>,
    /// Key of this form: sent twice, it deploys once.
    pub idempotency_key: String,
}

/// An environment that the version can be deployed to.
#[derive(Debug, Clone)]
pub struct Target {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Is the production environment.
    pub production: bool,
    /// Ticked.
    pub ticked: bool,
    /// Routing revision that was seen; another one at the time of the act answers 409.
    pub expect: u64,
    /// "runs v31".
    pub says: String,
    /// Why it cannot be deployed there: "Version 32 is quarantined here."
    pub refused: Option<String>,
}

impl DeployPage {
    fn passed(&self) -> usize {
        self.checks.iter().filter(|c| c.state == CheckState::Ok).count()
    }
    fn possible(&self) -> bool {
        self.targets.iter().any(|t| t.refused.is_none()) && self.checks.iter().all(|c| c.state != CheckState::Bad)
    }
    fn asks_slug(&self) -> bool {
        self.targets.iter().any(|t| t.production && t.refused.is_none())
    }
    /// What the button does: "Deploy v32 to Production", "Deploy v32 to 5% in Production".
    fn words(&self) -> String {
        let names: Vec<_> = self.targets.iter().filter(|t| t.ticked).map(|t| t.name.as_str()).collect();
        let (number, names) = (self.plate.number, names.join(" and "));
        match (self.roll.first(), names.is_empty()) {
            (Some(share), true) => format!("Deploy v{number} to {share}"),
            (Some(share), false) => format!("Deploy v{number} to {share} in {names}"),
            (None, true) => format!("Deploy v{number}"),
            (None, false) => format!("Deploy v{number} to {names}"),
        }
    }
    fn in_flight_error(&self) -> Option<String> {
        self.errors.of("in_flight")
    }
    /// Whatever is ticked, production is among it. Else the browser cannot know what is required, and the server says.
    fn only_production(&self) -> bool {
        self.targets.iter().filter(|t| t.refused.is_none()).all(|t| t.production)
    }
    fn comment(&self) -> Field {
        let field = Field::text("comment", "Comment")
            .value(self.comment.as_str())
            .hint("Shown in History and beside the version.")
            .check_in(&self.errors);
        if self.only_production() { field.required() } else { field }
    }
    fn confirm(&self) -> Field {
        Field { required: self.only_production(), ..Field::confirm(&self.flow.slug) }
            .hint("Asked when Production is among the environments.")
            .check_in(&self.errors)
    }
    fn target_error(&self) -> Option<String> {
        self.errors.of("environment")
    }
}

/// What the dialog of a roll back is made of.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// Name of the environment.
    pub environment: String,
    /// What is left: the candidate of a rollout, or else what is live.
    pub from: Plate,
    /// The primary, when a rollout is under way, and where that is watched.
    pub beside: Option<(u64, String)>,
    /// Failed and ended runs of what is left, counted no further than 10,000, and where they are listed.
    pub touched: (u64, u64, String),
    /// Versions that can be gone back to, the preselected one first: plate and words.
    pub targets: Vec<(Plate, String)>,
    /// Which one is picked.
    pub to: u64,
    /// Runs in progress on the version that is left.
    pub in_progress: u64,
    /// Routing revision that was seen.
    pub expect: u64,
    /// What was typed.
    pub reason: String,
}

/// The dialog of a roll back. No typing to confirm: going back must be fast.
pub fn rollback(flow: &FlowHead, slug: &str, r: &Rollback, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let target = r.targets.iter().find(|(p, _)| p.number == r.to).map(|(p, _)| p);
    let title = match target {
        Some(plate) => Rich::new().text("Roll back to ").plate(plate).text("?"),
        None => Rich::new().text("Roll back ").text(&flow.name).text("?"),
    };
    let leaving = r.from.number;
    let choices = r.targets.iter().map(|(p, words)| (p.number.to_string(), format!("v{}, {words}", p.number))).collect();
    let keep = match &r.beside {
        Some((_, rollout)) => (rollout.clone(), "Keep rolling out".to_owned()),
        None => (flow.base.clone(), format!("Keep version {leaving}")),
    };
    let mut d = Dialog::new("rollback", csrf, title, format!("{}/rollback", flow.at(slug)), (keep.0, &keep.1), "Roll back now");
    d.hidden = vec![("expect", r.expect.to_string())];
    d.summary = ErrorSummary::of("Nothing was rolled back", errors);
    d.checks = vec![
        CheckView::ok(format!("From the next run on, all new runs in {} use version {}.", r.environment, r.to)),
        match r.in_progress {
            0 => CheckView::ok(format!("No run is in progress on version {leaving}.")),
            n => CheckView::ok(format!(
                "{} in progress on version {leaving} finish{} on version {leaving}.",
                plural(n, "run", "runs"),
                if n == 1 { "es" } else { "" }
            )),
        },
        quarantined(r),
        touched(r),
        CheckView::ok("The reason is kept in the history, for whoever mends it."),
    ];
    if r.targets.len() > 1 {
        d.fields.push(Field::choice("to", "To", choices).value(r.to.to_string()).check_in(errors));
    } else {
        d.hidden.push(("to", r.to.to_string()));
    }
    d.fields.push(Field::text("reason", "Reason").value(r.reason.as_str()).required().autofocus().check_in(errors));
    d.why = "No typing to confirm: going back must be fast.".to_owned();
    d.danger = true;
    d
}

fn quarantined(r: &Rollback) -> CheckView {
    let leaving = r.from.number;
    let mut says = Rich::new().text(&format!(
        "Version {leaving} is quarantined in {}: it cannot come back there until somebody releases it with a reason.",
        r.environment
    ));
    if let Some((primary, _)) = r.beside.as_ref().filter(|_| r.targets.len() > 1) {
        says = says.text(&format!(" With an older version than {primary} below, so is version {primary}."));
    }
    CheckView::ok(says)
}

fn touched(r: &Rollback) -> CheckView {
    let (failed, ended, href) = &r.touched;
    if *ended == 0 {
        return CheckView::ok(format!("No run of version {} has ended here.", r.from.number));
    }
    let failed = if *failed == 0 { "none failed".to_owned() } else { format!("{} failed", count_up_to(*failed, 9_999)) };
    let verb = if *ended == 1 { "has" } else { "have" };
    CheckView::ok(format!(
        "{} of version {} {verb} ended here, {failed}. Afterwards you can start them again, once each.",
        plural(*ended, "run", "runs"),
        r.from.number
    ))
    .note(Rich::new().link(href, "Show"))
}

/// What the dialog of a stop is made of.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Name of the environment.
    pub environment: String,
    /// Runs in progress: version and how many.
    pub in_progress: Vec<(u64, u64)>,
    /// Where those runs are listed.
    pub runs_href: String,
    /// The flow is paused already.
    pub paused: bool,
    /// What was typed.
    pub reason: String,
}

/// The dialog of a stop: what is cancelled is counted, and the slug is typed.
pub fn stop(flow: &FlowHead, slug: &str, s: &Stop, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let total: u64 = s.in_progress.iter().map(|(_, n)| n).sum();
    let act = if total == 0 { "Stop".to_owned() } else { format!("Stop and cancel {}", plural(total, "run", "runs")) };
    let title = format!("Stop {} in {}?", flow.name, s.environment);
    let mut d = Dialog::new("stop", csrf, title, format!("{}/stop", flow.at(slug)), (flow.base.clone(), "Keep running"), act);
    d.summary = ErrorSummary::of("Nothing was stopped", errors);
    d.checks = vec![
        if total == 0 {
            CheckView::ok("No run is in progress.")
        } else {
            let each: Vec<_> = s.in_progress.iter().map(|(v, n)| format!("{n} on version {v}")).collect();
            let verb = if total == 1 { "is" } else { "are" };
            CheckView::bad(
                Rich::new()
                    .strong(&format!("{} in progress {verb} cancelled", plural(total, "run", "runs")))
                    .text(&format!(": {}. Steps that already ran are not undone.", each.join(", "))),
            )
            .note(Rich::new().link(&s.runs_href, "Show"))
        },
        CheckView::bad(
            Rich::new().strong("New starts are refused").text(", by hand, by schedule and by API, until somebody starts it again."),
        ),
    ];
    if !s.paused {
        d.intro = "To let runs in progress finish, pause instead: new starts are refused, nothing is cancelled.".into();
        d.instead = Some(Instead { to: format!("{}/pause", flow.at(slug)), icon: "pause", words: "Pause instead".to_owned() });
    }
    d.fields = vec![
        Field::text("reason", "Reason").value(s.reason.as_str()).required().check_in(errors),
        Field::confirm(&flow.slug).check_in(errors),
    ];
    d.danger = true;
    d
}
