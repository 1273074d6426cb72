//! `/w/{ws}/plans`: named stages with their guard; listed, kept, changed, deleted.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use crate::app::rollout::plan::{self, Draft};
use crate::app::{self, Ctx, Error, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::rollout::{Advance, Stage, basis_points};
use crate::store::conn::Conn;
use crate::store::plans::Plan;
use crate::store::workspaces::Workspace;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::Field;
use crate::web::components::nav::Crumbs;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::dialog::DialogPage;
use crate::web::pages::guard::{GuardForm, number};
use crate::web::pages::rollout::{PlanListPage, PlanPage};
use crate::web::refused::Refused;
use crate::web::views::rollout;
use crate::web::visitor::Visitor;

/// Rows for stages that a form has at least, and rows that are free below those in use.
const ROWS: usize = 5;
const SPARE: usize = 2;
/// Rows a form may send.
const MOST_ROWS: usize = 40;

/// `/w/{ws}/plans/{plan}`.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanAt {
    ws: String,
    plan: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Revision that was seen.
    #[serde(default)]
    expect: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    percent: Vec<String>,
    #[serde(default)]
    minutes: Vec<String>,
    #[serde(default)]
    runs: Vec<String>,
    #[serde(default)]
    advance: String,
    #[serde(default)]
    failure: String,
    #[serde(default)]
    failure_against: String,
    #[serde(default)]
    p95: String,
    #[serde(default)]
    p95_against: String,
    #[serde(default)]
    min_runs: String,
    #[serde(default)]
    on_fail: String,
}

impl Form {
    /// The form of a stored plan.
    fn of(plan: &Plan) -> app::Result<Self> {
        let stages = plan.stages()?;
        let guard = GuardForm::of(plan.guard()?.as_ref());
        let text = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        Ok(Self {
            expect: plan.lock_version.to_string(),
            name: plan.name.clone(),
            percent: stages.list().iter().map(|s| percent(s.basis_points)).collect(),
            minutes: stages.list().iter().map(|s| text(s.min_minutes)).collect(),
            runs: stages.list().iter().map(|s| text(s.min_runs)).collect(),
            advance: plan.advance.clone(),
            failure: guard.failure,
            failure_against: guard.failure_against,
            p95: guard.p95,
            p95_against: guard.p95_against,
            min_runs: guard.min_runs,
            on_fail: guard.on_fail,
            ..Self::default()
        })
    }

    /// A plan that most can begin with.
    fn proposed() -> Self {
        let all = |list: [&str; 3]| list.map(str::to_owned).to_vec();
        Self { percent: all(["5", "25", "50"]), minutes: all(["30", "30", "30"]), runs: all(["", "", ""]), ..Self::default() }
    }

    fn guard(&self) -> GuardForm {
        GuardForm {
            failure: self.failure.clone(),
            failure_against: self.failure_against.clone(),
            p95: self.p95.clone(),
            p95_against: self.p95_against.clone(),
            min_runs: self.min_runs.clone(),
            on_fail: self.on_fail.clone(),
        }
    }

    fn rows(&self) -> Vec<[String; 3]> {
        let used = self.percent.len().max(self.minutes.len()).max(self.runs.len()).min(MOST_ROWS);
        let cell = |column: &[String], n: usize| column.get(n).cloned().unwrap_or_default();
        (0..used).map(|n| [cell(&self.percent, n), cell(&self.minutes, n), cell(&self.runs, n)]).collect()
    }

    /// What was typed, as a plan.
    ///
    /// # Errors
    /// The fields that cannot be read.
    fn draft(&self) -> app::Result<Draft> {
        let mut errors = FieldErrors::new();
        let mut stages = Vec::new();
        for (n, row) in self.rows().iter().enumerate() {
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let mut bad = |says: &str| errors.add("stages", format!("Stage {}: {says}", n + 1));
            let share = number(&row[0]).map(basis_points);
            let whole = |text: &str| if text.trim().is_empty() { Ok(None) } else { text.trim().parse::<i64>().map(Some) };
            match (share, whole(&row[1]), whole(&row[2])) {
                (Some(Ok(basis_points)), Ok(min_minutes), Ok(min_runs)) => stages.push(Stage { basis_points, min_minutes, min_runs }),
                (None | Some(Err(_)), ..) => bad("give a percentage from 0.01 to 100."),
                _ => bad("minutes and runs are whole numbers; empty means it does not matter."),
            }
        }
        let guard = self.guard().read(&mut errors);
        if !errors.is_empty() {
            return Err(Error::Invalid(
                errors
                    .all()
                    .iter()
                    .map(|(field, message)| app::error::FieldError { field: field.clone(), message: message.clone() })
                    .collect(),
            ));
        }
        let advance = self.advance.parse().unwrap_or(Advance::Manual);
        Ok(Draft { name: self.name.clone(), stages, advance, guard })
    }
}

/// A share without its sign.
fn percent(basis_points: i64) -> String {
    crate::domain::rollout::percent(basis_points).trim_end_matches('%').to_owned()
}

fn may(ctx: &Ctx, workspace: &Workspace) -> bool {
    ctx.actor.may(Permission::Operate(Kind::Production), Some(&workspace.id()))
}

fn crumbs(layout: &Layout, here: &str) -> Crumbs {
    Crumbs::here(here).below(format!("{}/rollouts", layout.home()), "Rollouts")
}

/// `GET /w/{ws}/plans`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let now = visitor.state.now().0;
    let (layout, (plans, may)) = visitor
        .page(&workspace, Place::Rollouts, move |conn, ctx, workspace| {
            let plans = plan::list(conn, ctx, workspace)?;
            let rows = plans.iter().map(|p| Ok(rollout::plan(p, now)?)).collect::<app::Result<Vec<_>>>()?;
            Ok((rows, may(ctx, workspace)))
        })
        .await?;
    let page = PlanListPage { crumbs: crumbs(&layout, "Plans"), plans, may, layout: Layout { title: "Plans".into(), ..layout } };
    htmx::page(actix_web::http::StatusCode::OK, &page)
}

/// `GET /w/{ws}/plans/new`
///
/// # Errors
/// No such workspace; the person keeps no plans.
pub async fn new(visitor: Visitor, workspace: Path<String>) -> Answer {
    form_page(&visitor, &workspace, None, Some(Form::proposed()), &Refused::nothing()).await
}

/// `GET /w/{ws}/plans/{plan}`
///
/// # Errors
/// No such plan; the person keeps no plans.
pub async fn edit(visitor: Visitor, at: Path<PlanAt>) -> Answer {
    form_page(&visitor, &at.ws, Some(&at.plan), None, &Refused::nothing()).await
}

async fn form_page(visitor: &Visitor, ws: &str, name: Option<&str>, typed: Option<Form>, refused: &Refused) -> Answer {
    let wanted = name.map(str::to_owned);
    let (layout, stored) = visitor
        .page(ws, Place::Rollouts, move |conn, ctx, workspace| {
            ctx.allow(Permission::Operate(Kind::Production), Some(&workspace.id()))?;
            wanted.map(|name| plan::find(conn, &workspace.id, &name)).transpose()
        })
        .await?;
    let form = match (typed, &stored) {
        (Some(form), _) => form,
        (None, Some(plan)) => Form::of(plan).map_err(|e| visitor.refused(e))?,
        (None, None) => Form::default(),
    };
    let heading = stored.as_ref().map_or_else(|| "New plan".to_owned(), |p| p.name.clone());
    let base = format!("{}/plans", layout.home());
    let mut rows = form.rows();
    rows.resize_with(ROWS.max(rows.len() + SPARE).min(MOST_ROWS), Default::default);
    let page = PlanPage {
        crumbs: crumbs(&layout, &heading).below(base.as_str(), "Plans"),
        action: stored.as_ref().map_or_else(|| base.clone(), |p| format!("{base}/{}", p.id)),
        delete: stored.as_ref().map(|p| format!("{base}/{}/delete", p.id)),
        based_on: form.expect.clone(),
        summary: refused.summary("The plan was not kept", "plan"),
        name: Field::line("name", "Name")
            .value(form.name.as_str())
            .required()
            .hint("As it is picked from: “Careful”.")
            .check_in(&refused.errors),
        stages_error: refused.errors.of("stages"),
        advance: form.advance.clone(),
        guard: form.guard().fields(&refused.errors),
        rows,
        layout: Layout { title: heading.clone(), ..layout },
        heading,
    };
    htmx::page(refused.status, &page)
}

/// `POST /w/{ws}/plans`
///
/// # Errors
/// No such workspace; the person keeps no plans.
pub async fn create(visitor: Visitor, workspace: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (ws, typed) = (workspace.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &ws)?;
            plan::create(conn, ctx, &workspace, typed.draft()?)
        })
        .await;
    kept(&visitor, &workspace, None, form, done).await
}

/// `POST /w/{ws}/plans/{plan}`
///
/// # Errors
/// No such plan; the person keeps no plans.
pub async fn update(visitor: Visitor, at: Path<PlanAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, before) = find(conn, ctx, &wanted)?;
            let based_on = typed.expect.parse().unwrap_or(before.lock_version);
            plan::edit(conn, ctx, &workspace, &before, based_on, typed.draft()?)
        })
        .await;
    kept(&visitor, &at.ws, Some(&at.plan), form, done).await
}

async fn kept(visitor: &Visitor, ws: &str, name: Option<&str>, form: Form, done: app::Result<Plan>) -> Answer {
    match done {
        Ok(plan) => Ok(visitor.go(
            &format!("/w/{ws}/plans"),
            &Flash::done(format!("The plan “{}” is kept.", plan.name)).text("Rollouts under way keep the stages they began with."),
        )),
        Err(error) => {
            let refused = Refused::of(visitor, error, "")?.renamed("guard", "failure");
            form_page(visitor, ws, name, Some(form), &refused).await
        }
    }
}

fn find(conn: &mut Conn, ctx: &Ctx, at: &PlanAt) -> app::Result<(Workspace, Plan)> {
    let workspace = workspace::find(conn, ctx, &at.ws)?;
    ctx.allow(Permission::Operate(Kind::Production), Some(&workspace.id()))?;
    let found = plan::find(conn, &workspace.id, &at.plan)?;
    Ok((workspace, found))
}

/// `GET /w/{ws}/plans/{plan}/delete`
///
/// # Errors
/// No such plan; the person keeps no plans.
pub async fn ask(visitor: Visitor, at: Path<PlanAt>) -> Answer {
    let wanted = at.clone();
    let (layout, plan) = visitor.page(&at.ws, Place::Rollouts, move |conn, ctx, _| Ok(find(conn, ctx, &wanted)?.1)).await?;
    let base = format!("{}/plans", layout.home());
    let title = format!("Delete the plan “{}”?", plan.name);
    let keep = (format!("{base}/{}", plan.id), "Keep the plan");
    let mut dialog = Dialog::new("delete-plan", &layout.csrf, title, format!("{base}/{}/delete", plan.id), keep, "Delete plan");
    dialog.checks = vec![
        CheckView::ok("Rollouts under way keep the stages they began with."),
        CheckView::warn("Programs that deploy with this plan by its name are refused from now on."),
    ];
    dialog.danger = true;
    let heading = plan.name.as_str().into();
    let page = DialogPage {
        crumbs: crumbs(&layout, "Delete").below(base.as_str(), "Plans"),
        heading,
        dialog,
        layout: Layout { title: format!("Delete · {}", plan.name), ..layout },
    };
    htmx::reply(visitor.hx, actix_web::http::StatusCode::OK, &page, &page.as_dialog())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST /w/{ws}/plans/{plan}/delete`
///
/// # Errors
/// No such plan; the person keeps no plans.
pub async fn delete(visitor: Visitor, at: Path<PlanAt>, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (workspace, found) = find(conn, ctx, &wanted)?;
            plan::delete(conn, ctx, &workspace, &found)?;
            Ok(found)
        })
        .await;
    match done {
        Ok(plan) => Ok(visitor.go(&format!("/w/{}/plans", at.ws), &Flash::done(format!("The plan “{}” is deleted.", plan.name)))),
        Err(other) => Err(visitor.refused(other)),
    }
}
