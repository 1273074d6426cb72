//! Adding, moving and removing steps.

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Path};

use super::save::{Back, Sent, Wanted, finish, wanted};
use super::view::Show;
use crate::app;
use crate::app::version::Document;
use crate::app::version::edit;
use crate::definition::edit::Direction;
use crate::web::error::PageError;
use crate::web::form::Unreadable;
use crate::web::routes::names::{Answer, VersionAt};
use crate::web::visitor::Visitor;

async fn act(
    visitor: Visitor,
    request: HttpRequest,
    at: Path<VersionAt>,
    sent: Sent,
    pointer: String,
    make: impl FnOnce(&Document) -> app::Result<Wanted> + Send + 'static,
) -> Answer {
    let names = at.into_inner();
    let made = wanted(&visitor, &names, sent.expect, make).await?;
    let back: Back = Box::new(move |opened, _| Show::at(opened, Some(&pointer)));
    finish(visitor, &request, names, &sent, made, false, back).await
}

fn missing(name: &str) -> PageError {
    Unreadable::field(name).into()
}

/// `POST …/edit/add`: behind the step that is edited, or at the end.
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn add(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let mut sent = Sent::read(&body)?;
    let after = sent.take("after").ok_or_else(|| missing("after"))?;
    let kind = sent.take("kind").ok_or_else(|| missing("kind"))?;
    let pointer = after.clone();
    act(visitor, request, at, sent, pointer, move |base| Ok(edit::add(&base.text, &after, &kind)?.into())).await
}

/// `POST …/edit/move`: one place up or down.
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn shift(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let mut sent = Sent::read(&body)?;
    let (pointer, direction) = match (sent.take("up"), sent.take("down")) {
        (Some(pointer), None) => (pointer, Direction::Up),
        (None, Some(pointer)) => (pointer, Direction::Down),
        _ => return Err(missing("up")),
    };
    let moved = pointer.clone();
    act(visitor, request, at, sent, pointer, move |base| Ok(edit::shift(&base.text, &moved, direction)?.into())).await
}

/// `POST …/edit/remove`: from the step's own form, whose other fields do not matter then.
///
/// # Errors
/// Not found, not allowed; the form is not ours.
pub async fn remove(visitor: Visitor, request: HttpRequest, at: Path<VersionAt>, body: Bytes) -> Answer {
    let mut sent = Sent::read(&body)?;
    let pointer = sent.take("step").ok_or_else(|| missing("step"))?;
    let removed = pointer.clone();
    act(visitor, request, at, sent, pointer, move |base| Ok(edit::remove(&base.text, &removed)?.into())).await
}
