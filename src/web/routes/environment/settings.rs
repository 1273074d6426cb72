//! `…/settings`: what people read, the kind, the promotion path, freezes (PRODUCT §4.5, §4.6).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::names::Answer;
use super::create::kinds;
use super::{EnvironmentAt, archive as putting_away};
use crate::app::environment::archive;
use crate::app::environment::change::{Changes, MOST_APPROVALS, change};
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::domain::clock::Micros;
use crate::domain::environment::Freeze;
use crate::domain::environment::freeze::Day;
use crate::store::deployments;
use crate::store::environments::{self, Environment};
use crate::web::components::change::CheckView;
use crate::web::components::field::{Control, Field};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::{EnvironmentSettingsPage, FreezeRow};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    name: String,
    description: String,
    /// Not sent where it stays for good.
    kind: Option<String>,
    promotes_from: String,
    keeps: String,
    approvals: String,
}

/// A window that is added.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    /// `once` or `weekly`.
    comes: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    days: Vec<String>,
    #[serde(default)]
    from_time: String,
    #[serde(default)]
    to_time: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    why: String,
}

/// `GET …/settings`
///
/// # Errors
/// No such environment.
pub async fn show(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    page(&visitor, &at, None, Window::default(), &Refused::nothing()).await
}

struct Read {
    environment: Environment,
    others: Vec<Environment>,
    may_admin: bool,
    fixed: bool,
    archive: Vec<CheckView>,
    archivable: bool,
}

async fn page(visitor: &Visitor, at: &EnvironmentAt, typed: Option<Form>, window: Window, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (mut layout, (head, read)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            let others = environments::list(conn, &workspace.id)?.into_iter().filter(|e| e.id != environment.id).collect();
            let blockers = archive::blockers(conn, &environment)?;
            let read = Read {
                others,
                may_admin: ctx.actor.may(Permission::Administer, Some(&workspace.id())),
                fixed: environment.is_production || deployments::any_in(conn, &environment.id)?,
                archive: putting_away::checks(&blockers, &environment.name, &format!("/w/{}", workspace.slug)),
                archivable: blockers.none(),
                environment: environment.clone(),
            };
            Ok((views::head(workspace, &environment), read))
        })
        .await?;
    layout.title = format!("Settings · {}", head.name);
    let now = visitor.state.now();
    let environment = &read.environment;
    let form = typed.unwrap_or_else(|| stored(&read));
    let page = EnvironmentSettingsPage {
        crumbs: head.crumbs(&layout, "Settings"),
        may_admin: read.may_admin,
        expect: whole(form.expect.unwrap_or(environment.lock_version)),
        fields: fields(&form, &read, &refused.errors),
        summary: refused.summary("The settings were not saved", "main"),
        freezes: windows(environment, now),
        once: once(&window, &refused.errors),
        weekly: weekly(&window, &refused.errors),
        days: Day::ALL.iter().map(|d| (d.as_str(), d.title(), window.days.iter().any(|w| w == d.as_str()))).collect(),
        days_error: refused.errors.of("days"),
        facts: facts(environment, now.0),
        archive: read.archive,
        archivable: read.archivable,
        environment: head,
        layout,
    };
    htmx::page(refused.status, &page)
}

fn stored(read: &Read) -> Form {
    let environment = &read.environment;
    let source = read.others.iter().find(|e| Some(&e.id) == environment.promotes_from.as_ref());
    Form {
        _csrf: String::new(),
        expect: None,
        name: environment.name.clone(),
        description: environment.description.clone(),
        kind: Some(environment.kind.clone()),
        promotes_from: source.map(|e| e.slug.clone()).unwrap_or_default(),
        keeps: environment.keeps.to_string(),
        approvals: environment.approvals.to_string(),
    }
}

fn fields(form: &Form, read: &Read, errors: &FieldErrors) -> Vec<Field> {
    let mut sources = vec![(String::new(), "Anywhere: any published version".to_owned())];
    sources.extend(read.others.iter().map(|e| (e.slug.clone(), format!("Only what is live in {}", e.name))));
    let mut all = vec![
        Field::line("name", "Name").value(form.name.as_str()).required().bounds(1, 60).check_in(errors),
        Field::text("description", "What it is for").value(form.description.as_str()).check_in(errors),
    ];
    if !read.fixed {
        let kind = Field::choice("kind", "Kind", kinds()).value(form.kind.clone().unwrap_or_default());
        all.push(kind.hint("It stays once a flow was deployed here.").check_in(errors));
    }
    all.push(
        Field::choice("promotes_from", "Versions may come from", sources)
            .value(form.promotes_from.as_str())
            .hint("A promotion path: moves forward are refused for what is not live there. Rolling back never asks.")
            .check_in(errors),
    );
    all.push(
        Field::line("keeps", "Configuration versions kept")
            .control(Control::Line("number"))
            .bounds(3, 50)
            .value(form.keeps.as_str())
            .required()
            .hint("Draft and deployed are among them. Deploying past that takes the oldest inactive one off the rack.")
            .check_in(errors),
    );
    all.push(
        Field::line("approvals", "Approvals needed")
            .control(Control::Line("number"))
            .bounds(0, MOST_APPROVALS)
            .value(form.approvals.as_str())
            .required()
            .hint("Deployments wait until so many others than the proposer and the version's author agreed; 0 for none. Rolling back never waits.")
            .check_in(errors),
    );
    all
}

fn once(window: &Window, errors: &FieldErrors) -> Vec<Field> {
    let instant = |name: &str, label: &str, value: &str| {
        Field::line(name, label).control(Control::Line("datetime-local")).value(value).required().check_in(errors)
    };
    vec![
        instant("from", "From, in UTC", &window.from),
        instant("to", "To, in UTC", &window.to),
        Field::line("reason", "Reason").value(window.reason.as_str()).required().check_in(errors),
    ]
}

fn weekly(window: &Window, errors: &FieldErrors) -> Vec<Field> {
    let or = |value: &str, other: &str| if value.is_empty() { other.to_owned() } else { value.to_owned() };
    let time = |name: &str, label: &str, value: String| {
        Field::line(name, label).control(Control::Line("time")).value(value).required().check_in(errors)
    };
    vec![
        time("from_time", "From", or(&window.from_time, "18:00")),
        time("to_time", "To", or(&window.to_time, "06:00")).hint("Not after From: on the next day."),
        Field::line("zone", "Time zone").value(or(&window.zone, "UTC")).required().hint("Such as Europe/Berlin.").check_in(errors),
        Field::line("why", "Reason").value(window.why.as_str()).required().check_in(errors),
    ]
}

fn windows(environment: &Environment, now: Micros) -> Vec<FreezeRow> {
    let row = |(index, freeze): (usize, &Freeze)| FreezeRow {
        index,
        when: views::window(freeze, now.0),
        reason: freeze.reason().to_owned(),
        now: freeze.holds(now).is_some(),
        past: matches!(freeze, Freeze::Once { to, .. } if *to <= now),
    };
    environment.freezes().unwrap_or_default().iter().enumerate().map(row).collect()
}

fn facts(environment: &Environment, now: i64) -> Vec<(String, Rich)> {
    let mut facts = vec![
        ("Address".to_owned(), Rich::new().code(&environment.slug)),
        ("Kind".to_owned(), environment.kind().map_or_else(|_| Rich::new(), |kind| Rich::from(kind.title()))),
        ("Id".to_owned(), Rich::new().code(&environment.id)),
        ("Made".to_owned(), Rich::new().time(TimeView::near(environment.created_at, now))),
    ];
    if environment.is_production {
        facts.push(("Number plates".to_owned(), "It is the production that colours them".into()));
    }
    if environment.approvals > 0 {
        facts.push(("Protected".to_owned(), plural(whole(environment.approvals), "approval", "approvals").into()));
    }
    facts
}

/// `POST …/settings`
///
/// # Errors
/// No such environment; the person may not change it.
pub async fn update(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let Ok(keeps) = form.keeps.trim().parse::<i64>() else {
        let refused = Refused::field("keeps", "Give a whole number, such as 5.");
        return page(&visitor, &at, Some(form), Window::default(), &refused).await;
    };
    let Ok(approvals) = form.approvals.trim().parse::<i64>() else {
        let refused = Refused::field("approvals", "Give a whole number, or 0 for none.");
        return page(&visitor, &at, Some(form), Window::default(), &refused).await;
    };
    let changes = Changes {
        name: Some(form.name.clone()),
        description: Some(form.description.clone()),
        kind: form.kind.clone(),
        freezes: None,
        promotes_from: Some(Some(form.promotes_from.clone()).filter(|source| !source.is_empty())),
        keeps: Some(keeps),
        approvals: Some(approvals),
    };
    match save(&visitor, &at, changes, form.expect).await {
        Ok(()) => Ok(visitor.go(&format!("{}/settings", at.base()), &Flash::done("The settings are saved."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            page(&visitor, &at, Some(form), Window::default(), &refused).await
        }
    }
}

async fn save(visitor: &Visitor, at: &EnvironmentAt, changes: Changes, expect: Option<i64>) -> crate::app::Result<()> {
    let wanted = at.clone();
    visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            change(conn, ctx, &environment, &changes, expect).map(|_| ())
        })
        .await
}

/// `POST …/freezes`: one window more.
///
/// # Errors
/// No such environment; the person may not change it.
pub async fn add_freeze(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let window: Window = form::parse(&body)?;
    if let Err(says) = Freeze::read(&window.value()) {
        let refused = Refused::field(window.field(&says), says);
        return page(&visitor, &at, None, window, &refused).await;
    }
    let new = window.value();
    let done = with_freezes(&visitor, &at, window.expect, move |all| all.push(new)).await;
    after_freezes(&visitor, &at, done, "The freeze is set. Rolling back is always possible.", window).await
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    index: usize,
}

/// `POST …/freezes/remove`: one window less.
///
/// # Errors
/// No such environment; the person may not change it.
pub async fn remove_freeze(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Remove = form::parse(&body)?;
    let remove = move |all: &mut Vec<Value>| {
        if form.index < all.len() {
            all.remove(form.index);
        }
    };
    let done = with_freezes(&visitor, &at, form.expect, remove).await;
    after_freezes(&visitor, &at, done, "The freeze is taken out.", Window::default()).await
}

async fn with_freezes(
    visitor: &Visitor,
    at: &EnvironmentAt,
    expect: Option<i64>,
    edit: impl FnOnce(&mut Vec<Value>) + Send + 'static,
) -> crate::app::Result<()> {
    let wanted = at.clone();
    visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            let mut all: Vec<Value> = environment.freezes()?.iter().map(Freeze::to_value).collect();
            edit(&mut all);
            let changes = Changes { freezes: Some(Value::Array(all)), ..Changes::default() };
            change(conn, ctx, &environment, &changes, expect).map(|_| ())
        })
        .await
}

async fn after_freezes(visitor: &Visitor, at: &EnvironmentAt, done: crate::app::Result<()>, says: &str, window: Window) -> Answer {
    match done {
        Ok(()) => Ok(visitor.go(&format!("{}/settings", at.base()), &Flash::done(says))),
        Err(error) => {
            let refused = Refused::of(visitor, error, &at.base())?;
            page(visitor, at, None, window, &refused).await
        }
    }
}

impl Window {
    fn value(&self) -> Value {
        if self.comes == "weekly" {
            return json!({
                "days": self.days, "from_time": self.from_time, "to_time": self.to_time, "zone": self.zone, "reason": self.why,
            });
        }
        // A browser leaves seconds and zone out; the fields say that they are UTC.
        let utc = |text: &str| if text.len() == 16 { format!("{text}:00Z") } else { format!("{text}Z") };
        json!({"from": utc(&self.from), "to": utc(&self.to), "reason": self.reason})
    }

    /// The field that words about a window belong to.
    fn field(&self, says: &str) -> &'static str {
        let weekly = self.comes == "weekly";
        match says {
            _ if says.starts_with("Say why") => {
                if weekly {
                    "why"
                } else {
                    "reason"
                }
            }
            _ if says.contains("time zone") => "zone",
            _ if weekly && says.contains("day") && !says.contains("time of day") => "days",
            _ if weekly && says.contains(&self.to_time) && !self.to_time.is_empty() && says.contains("time of day") => "to_time",
            _ if weekly => "from_time",
            _ if says.starts_with("Write to") => "to",
            _ => "from",
        }
    }
}
