//! Saving a draft: its whole text, one step's form, or the document's form; by button or by itself.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::open::{self, Opened};
use super::problems::{DOCUMENT, to_step};
use super::view::{self, Said, Show, document_value, saved_words};
use super::{blocks, by_itself, told};
use crate::app::version::Document;
use crate::app::version::edit::{self, Changed};
use crate::app::version::save::{Edit, save};
use crate::app::version::sides;
use crate::app::{self, Error, FieldError};
use crate::definition::Definition;
use crate::domain::side::SideName;
use crate::web::components::banner::{Banner, Kind};
use crate::web::error::PageError;
use crate::web::form::{self, FieldErrors, Unreadable};
use crate::web::htmx;
use crate::web::pages::editor::forms::edits;
use crate::web::routes::conflict;
use crate::web::routes::names::{Answer, VersionAt};
use crate::web::visitor::Visitor;

/// What every form of the editor sends, and its own fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    /// Lock version of what the page showed.
    pub expect: i64,
    /// Lose comments if it must be.
    pub lose_comments: bool,
    /// Compare what the form says with this side; save nothing.
    pub compare: Option<String>,
    /// The form's own fields.
    pub fields: Vec<(String, String)>,
}

impl Sent {
    pub(super) fn read(body: &[u8]) -> Result<Sent, PageError> {
        let mut sent = Sent { expect: -1, ..Sent::default() };
        for (name, value) in form::parse::<Vec<(String, String)>>(body)? {
            match name.as_str() {
                "csrf" => {}
                "expect" => sent.expect = value.parse().map_err(|_| Unreadable::field("expect"))?,
                "lose_comments" => sent.lose_comments = true,
                "compare" => sent.compare = Some(value),
                _ => sent.fields.push((name, value.replace("\r\n", "\n"))),
            }
        }
        Ok(sent)
    }

    /// A field's value, taken out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(n, _)| n == name)?;
        Some(self.fields.remove(at).1)
    }
}

/// What a draft shall become.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The new text.
    pub text: String,
    /// New settings, if they change.
    pub settings: Option<Value>,
    /// Where the person is afterwards.
    pub pointer: String,
    /// A comment of the author's is not in it any more.
    pub comments_lost: bool,
}

impl From<Changed> for Wanted {
    fn from(changed: Changed) -> Self {
        Self { text: changed.text, settings: None, pointer: changed.pointer, comments_lost: changed.comments_lost }
    }
}

/// Works out what a draft shall become, on the text that the person saw.
pub(super) async fn wanted(
    visitor: &Visitor,
    names: &VersionAt,
    expect: i64,
    make: impl FnOnce(&Document) -> app::Result<Wanted> + Send + 'static,
) -> Result<app::Result<Wanted>, PageError> {
    let at = names.clone();
    visitor
        .read(move |conn, ctx| {
            let opened = open::load(conn, ctx, &at)?;
            Ok(match edit::base(conn, &opened.version, expect)? {
                Some(base) => make(&base),
                None => Err(Error::Stale {
                    message: "This draft was saved many times since the page was opened. Open it again; nothing was changed.".into(),
                    current: json!({}),
                }),
            })
        })
        .await
}

/// What shall be shown when a form is refused.
pub(super) type Back = Box<dyn FnOnce(&Opened, FieldErrors) -> Show>;

/// Saves what was worked out, or says why not.
pub(super) async fn finish(
    visitor: Visitor,
    request: &HttpRequest,
    names: VersionAt,
    sent: &Sent,
    made: app::Result<Wanted>,
    text_view: bool,
    back: Back,
) -> Answer {
    let alone = by_itself(request);
    if let (Some(with), Ok(made)) = (&sent.compare, &made) {
        return compared(&visitor, names, with, made.clone()).await;
    }
    let made = match made {
        Ok(made) if made.comments_lost && !sent.lose_comments => {
            let says = "This edit would lose comments that stand in the text at that place. Save again to do it all the same, or make it in the text view.";
            if alone {
                return Ok(told(StatusCode::UNPROCESSABLE_ENTITY, says));
            }
            let (layout, opened) = open::open(&visitor, &names).await?;
            let show = back(&opened, FieldErrors::new());
            let page = view::page_saying(layout, &opened, show, Said { comments: Some(says.to_owned()) }, visitor.state.now().0);
            return htmx::page(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Ok(made) => made,
        Err(error) => return refuse(&visitor, alone, &names, error, back).await,
    };
    let (at, edit, expect) =
        (names.clone(), Edit { text: Some(made.text.clone()), settings: made.settings.clone(), note: None }, sent.expect);
    let saved = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = at.find(conn, ctx)?;
            save(conn, ctx, &flow, &version, &edit, Some(expect))
        })
        .await;
    match saved {
        Ok((version, _)) if alone => {
            let words = saved_words(version.updated_at, "you", visitor.state.now().0);
            Ok(HttpResponse::Ok().json(json!({"expect": version.lock_version.to_string(), "words": words, "step": made.pointer})))
        }
        Ok(_) => {
            let base = names.base();
            Ok(htmx::see_other(visitor.hx, &if text_view { format!("{base}/edit?view=text") } else { to_step(&base, &made.pointer) }))
        }
        Err(Error::Stale { message, .. }) if alone => Ok(told(StatusCode::CONFLICT, &message)),
        Err(Error::Stale { .. }) => conflict::show(&visitor, &names, expect, made.text, made.settings).await,
        Err(error) => refuse(&visitor, alone, &names, error, back).await,
    }
}

/// Keeps what the form says without saving it, and leads to its comparison.
async fn compared(visitor: &Visitor, names: VersionAt, with: &str, made: Wanted) -> Answer {
    let Some(with) = SideName::parse(with) else { return Err(Unreadable::field("compare").into()) };
    let base = names.flow().base();
    let kept = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = names.find(conn, ctx)?;
            sides::keep_unsaved(conn, ctx, &flow, &version, made.text, made.settings)
        })
        .await;
    let id = kept.map_err(|error| visitor.refused(error))?;
    Ok(htmx::see_other(visitor.hx, &format!("{base}/compare/{with}...{id}")))
}

/// The form comes back filled, with what is wrong.
async fn refuse(visitor: &Visitor, alone: bool, names: &VersionAt, error: Error, back: Back) -> Answer {
    let words = error.to_string();
    let errors = match error {
        Error::Invalid(fields) => {
            let mut errors = FieldErrors::new();
            fields.into_iter().for_each(|f| errors.add(&f.field, f.message));
            errors
        }
        Error::Refused(_) => FieldErrors::new(),
        Error::Stale { message, .. } if alone => return Ok(told(StatusCode::CONFLICT, &message)),
        other => return Err(visitor.refused(other)),
    };
    if alone {
        return Ok(told(StatusCode::UNPROCESSABLE_ENTITY, &words));
    }
    let (mut layout, opened) = open::open(visitor, names).await?;
    let says = if errors.is_empty() { words } else { errors.all().iter().map(|(_, says)| says.as_str()).collect::<Vec<_>>().join(" ") };
    layout.flash = Some(Banner::new(Kind::Bad, "Nothing was saved.", says));
    let page = view::page(layout, &opened, back(&opened, errors), visitor.state.now().0);
    htmx::page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST …/edit/text`
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn text(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let mut sent = Sent::read(&body)?;
    let text = sent.take("text").ok_or_else(|| Unreadable::field("text"))?;
    if let Some((name, _)) = sent.fields.first() {
        return Err(Unreadable::field(name).into());
    }
    let typed = text.clone();
    let made = Ok(Wanted { text, settings: None, pointer: String::new(), comments_lost: false });
    finish(visitor, &request, at.into_inner(), &sent, made, true, Box::new(move |_, _| Show::Text(typed))).await
}

/// `POST …/edit/step`: sets what differs, and renames.
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn step(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let mut sent = Sent::read(&body)?;
    let pointer = sent.take("step").ok_or_else(|| Unreadable::field("step"))?;
    let names = at.into_inner();
    let (fields, asked) = (sent.fields.clone(), pointer.clone());
    let made = wanted(&visitor, &names, sent.expect, move |base| change_step(base, &asked, &fields)).await?;
    let typed = sent.fields.clone();
    let back: Back = Box::new(move |opened, errors| match opened.definition.as_ref().and_then(|d| blocks::find(d, &pointer)) {
        Some(step) => Show::Step(Box::new(step), Some((typed, errors))),
        None => Show::at(opened, None),
    });
    finish(visitor, &request, names, &sent, made, false, back).await
}

fn change_step(base: &Document, pointer: &str, fields: &[(String, String)]) -> app::Result<Wanted> {
    let unreadable = |_| Error::refused("unreadable", "The text cannot be read, so only the text view can change it.");
    let definition = Definition::parse(&base.text).map_err(unreadable)?;
    let found = blocks::find(definition.value(), pointer).filter(|s| s.pointer == pointer);
    let Some(step) = found else {
        return Err(Error::refused("edit_refused", "This step is not there any more; it was moved or removed. Choose it from the list."));
    };
    let edits = edits(step.kind.key(), &step.value, fields).map_err(invalid)?;
    let mut changed = edit::change(&base.text, pointer, &edits)?;
    let name = fields.iter().find(|(n, _)| n == "name").map_or(step.name.as_str(), |(_, v)| v.trim());
    if name != step.name {
        let renamed = edit::rename(&changed.text, pointer, name)?;
        changed = Changed { comments_lost: changed.comments_lost || renamed.comments_lost, ..renamed };
    }
    Ok(changed.into())
}

fn invalid(errors: FieldErrors) -> Error {
    Error::Invalid(errors.all().iter().map(|(field, message)| FieldError { field: field.clone(), message: message.clone() }).collect())
}

/// `POST …/edit/document`
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn document(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let sent = Sent::read(&body)?;
    if let Some((name, _)) = sent.fields.iter().find(|(n, _)| !DOCUMENT.contains(&n.as_str())) {
        return Err(Unreadable::field(name).into());
    }
    let names = at.into_inner();
    let fields = sent.fields.clone();
    let made = wanted(&visitor, &names, sent.expect, move |base| change_document(base, &fields)).await?;
    let typed = sent.fields.clone();
    let back: Back =
        Box::new(move |opened, errors| if opened.definition.is_some() { Show::Document(Some((typed, errors))) } else { Show::Unreadable });
    finish(visitor, &request, names, &sent, made, false, back).await
}

fn change_document(base: &Document, fields: &[(String, String)]) -> app::Result<Wanted> {
    let unreadable = |_| Error::refused("unreadable", "The text cannot be read, so only the text view can change it.");
    let definition = Definition::parse(&base.text).map_err(unreadable)?;
    let mut settings = None;
    let mut edits = Vec::new();
    let mut wrong = Vec::new();
    for (at, text) in fields {
        if document_value(definition.value(), &base.settings, at) == *text {
            continue;
        }
        let value = match (at.as_str(), text.trim()) {
            (_, "") => None,
            ("/input/schema", schema) => match serde_json::from_str::<Value>(schema) {
                Ok(value) if value.is_object() => Some(value),
                _ => {
                    wrong.push(FieldError {
                        field: at.clone(),
                        message: "Write the schema as a JSON object; texts stand in double quotes.".into(),
                    });
                    continue;
                }
            },
            // A duration may be an object.
            ("/timeout/after", text) => {
                Some(serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or_else(|| Value::String(text.to_owned())))
            }
            ("/document/summary", _) => Some(Value::String(text.clone())),
            (_, text) => Some(Value::String(text.to_owned())),
        };
        match (at.as_str(), value) {
            ("/settings/key", value) => settings = Some(with_key(&base.settings, value)),
            ("/document/namespace" | "/document/name" | "/document/version", None) => {
                wrong.push(FieldError { field: at.clone(), message: "Fill this in: every definition has one.".into() });
            }
            (_, value) => edits.push((at.clone(), value)),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    Ok(Wanted { settings, ..edit::change(&base.text, "", &edits)?.into() })
}

fn with_key(settings: &Value, key: Option<Value>) -> Value {
    let mut all = settings.as_object().cloned().unwrap_or_default();
    match key {
        Some(key) => all.insert("key".to_owned(), key),
        None => all.shift_remove("key"),
    };
    Value::Object(all)
}
