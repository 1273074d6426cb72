//! `…/replacements`: one line of the draft added, changed, taken out.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{EnvironmentAt, dialog, show};
use crate::app::environment::edit::{self, Replacement};
use crate::app::{self, Error, environment, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Part, configuration};
use crate::web::address;
use crate::web::components::field::{Control, Field};
use crate::web::flash::Flash;
use crate::web::form::{self, FieldErrors};
use crate::web::layout::Place;
use crate::web::pages::environment::acts;
use crate::web::refused::Refused;
use crate::web::views::environment as views;
use crate::web::visitor::Visitor;

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(rename = "csrf", default)]
    _csrf: String,
    /// The draft's lock version that was seen.
    #[serde(default)]
    expect: Option<i64>,
    /// See [`Part`].
    #[serde(default)]
    pub part: String,
    /// The component.
    #[serde(default)]
    pub name: String,
    /// What stands in for it.
    #[serde(default)]
    pub value: String,
    /// The version of a script.
    #[serde(default)]
    pub version: String,
    /// A box that is not ticked is not sent.
    #[serde(default)]
    pub managed: String,
}

impl Typed {
    /// The form as an address fills it.
    pub fn proposed(part: String, name: String) -> Self {
        Self { part, name, ..Self::default() }
    }

    fn replacement(&self, fresh: bool) -> Replacement {
        Replacement {
            part: self.part.clone(),
            name: self.name.clone(),
            value: self.value.clone(),
            version: self.version.clone(),
            managed: self.managed == "on",
            fresh,
        }
    }
}

/// The fields of a replacement; of one kind, or of any.
pub fn fields(typed: &Typed, only: Option<Part>, errors: &FieldErrors) -> Vec<Field> {
    let mut all = Vec::new();
    if only.is_none() {
        let kinds = Part::ALL.iter().map(|part| (part.as_str().to_owned(), part.title().to_owned())).collect();
        all.push(Field::choice("part", "Kind", kinds).value(typed.part.as_str()).check_in(errors));
        let name = Field::line("name", "Component").control(Control::Code).value(typed.name.as_str()).required().check_in(errors);
        all.push(name);
    }
    let label = match only {
        Some(Part::Priority) => "Priority",
        Some(Part::Secrets) => "Secret that is read instead",
        _ => "Replace with",
    };
    let value = Field::line("value", label).control(Control::Code).value(typed.value.as_str()).check_in(errors);
    let value = match only {
        None => value,
        Some(Part::Priority) => value.required().hint("A whole number; greater goes first."),
        Some(_) => value.required(),
    };
    all.push(value);
    if only.is_none_or(|part| part == Part::Scripts) {
        let version = Field::line("version", "Script version").control(Control::Code).value(typed.version.as_str()).check_in(errors);
        all.push(version);
    }
    all.push(Field::check("managed", "A sync keeps it", typed.managed == "on").check_in(errors));
    all
}

/// `POST …/replacements`
///
/// # Errors
/// No such environment; the person may not edit its configuration.
pub async fn add(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let typed: Typed = form::parse(&body)?;
    let (wanted, new, expect) = (at.clone(), typed.replacement(true), typed.expect);
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            edit::put(conn, ctx, &environment, &new, expect)
        })
        .await;
    match done {
        Ok(draft) => {
            let flash = Flash::done(format!("{} has a replacement in draft #{}.", typed.name.trim(), draft.number));
            Ok(visitor.go(&format!("{}#replacements", at.base()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            show::page(&visitor, &at, Some("draft".to_owned()), None, typed, &refused).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct Query {
    part: String,
    name: String,
}

/// `GET …/replacements/change?part=&name=`
///
/// # Errors
/// No such environment or replacement; the person may not edit its configuration.
pub async fn show(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    let typed = Typed::proposed(query.part, query.name);
    change_dialog(&visitor, &at, typed, false, &Refused::nothing()).await
}

async fn change_dialog(visitor: &Visitor, at: &EnvironmentAt, typed: Typed, filled: bool, refused: &Refused) -> Answer {
    let (wanted, asked) = (at.clone(), typed.clone());
    let (layout, (head, part, draft, content)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let draft = environment::version(conn, &environment, "draft")?;
            let content = draft.content()?;
            let missing = || Error::not_found("replacement", &asked.name);
            let part: Part = asked.part.parse().map_err(|_| missing())?;
            content.replacement(part, &asked.name).ok_or_else(missing)?;
            Ok((views::head(workspace, &environment), part, draft, content))
        })
        .await?;
    let typed = if filled { typed } else { stored(typed, part, &content) };
    let title = format!("{} {}", part.title(), typed.name);
    let expect = typed.expect.unwrap_or(draft.lock_version);
    let hidden = vec![("expect", expect.to_string()), ("part", part.as_str().to_owned()), ("name", typed.name.clone())];
    let mut box_ = acts::replacement(&head, title, hidden, fields(&typed, Some(part), &refused.errors), &layout.csrf);
    box_.summary = refused.summary("The replacement was not changed", "replacement");
    dialog(visitor, refused.status, layout, &head, "Change replacement", box_)
}

/// The form as the draft has it.
fn stored(typed: Typed, part: Part, content: &Configuration) -> Typed {
    let script = content.scripts.get(&typed.name).filter(|_| part == Part::Scripts);
    let managed = content.managed_here.contains(&configuration::address(part, &typed.name));
    Typed {
        value: script.map_or_else(|| content.replacement(part, &typed.name).unwrap_or_default(), |s| s.name().to_owned()),
        version: script.and_then(|s| s.version()).map(ToString::to_string).unwrap_or_default(),
        managed: if managed { "on".to_owned() } else { String::new() },
        ..typed
    }
}

/// `POST …/replacements/change`
///
/// # Errors
/// No such environment or replacement; the person may not edit its configuration.
pub async fn change(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let typed: Typed = form::parse(&body)?;
    let (wanted, new, expect) = (at.clone(), typed.replacement(false), typed.expect);
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            edit::put(conn, ctx, &environment, &new, expect)
        })
        .await;
    match done {
        Ok(draft) => {
            let flash = Flash::done(format!("{} was changed in draft #{}.", typed.name, draft.number));
            Ok(visitor.go(&format!("{}#replacements", at.base()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            change_dialog(&visitor, &at, typed, true, &refused).await
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    part: String,
    name: String,
}

/// `POST …/replacements/remove`
///
/// # Errors
/// No such environment; the person may not edit its configuration.
pub async fn remove(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Remove = form::parse(&body)?;
    let (wanted, asked) = (at.clone(), form.clone());
    let done: app::Result<_> = visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            edit::remove(conn, ctx, &environment, &asked.part, &asked.name, asked.expect)
        })
        .await;
    match done {
        Ok(draft) => {
            let flash = Flash::done(format!("{} has no replacement in draft #{} any more.", form.name, draft.number));
            Ok(visitor.go(&format!("{}#replacements", at.base()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            show::page(&visitor, &at, Some("draft".to_owned()), None, Typed::default(), &refused).await
        }
    }
}
