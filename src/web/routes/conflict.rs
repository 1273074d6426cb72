//! Two people saved one draft: nothing was saved, both texts and their merge are shown (PRODUCT §3.2).

use actix_web::http::StatusCode;
use serde_json::Value;

use super::editor::open::{self, Opened};
use crate::app::version::Document;
use crate::app::version::edit::base;
use crate::app::version::merge::merge;
use crate::definition::Definition;
use crate::definition::diff::{Content, diff};
use crate::web::components::change::{ChangeView, Diff};
use crate::web::components::rich::Rich;
use crate::web::highlight::Listing;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::editor::ConflictPage;
use crate::web::routes::names::{Answer, VersionAt};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::change::changes;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

/// The page for a save that was based on `seen` while something else stands there by now. 409.
///
/// # Errors
/// Not found, not allowed.
pub async fn show(visitor: &Visitor, names: &VersionAt, seen: i64, mine: String, settings: Option<Value>) -> Answer {
    let at = names.clone();
    let (layout, (opened, began)) = visitor
        .page(&names.ws, Place::Dashboard, move |conn, ctx, _| {
            let opened = open::load(conn, ctx, &at)?;
            let began = base(conn, &opened.version, seen)?;
            Ok((opened, began))
        })
        .await?;
    let page = page(layout, opened, began, mine, settings, visitor.state.now().0);
    htmx::page(StatusCode::CONFLICT, &page)
}

fn page(layout: Layout, opened: Opened, began: Option<Document>, mine: String, settings: Option<Value>, now: i64) -> ConflictPage {
    let theirs = &opened.document;
    let merged = merge(began.as_ref().map(|b| b.text.as_str()), &mine, &theirs.text);
    let my_settings = settings.unwrap_or_else(|| began.as_ref().map_or(Value::Null, |b| b.settings.clone()));
    let my_document = Document { text: mine.clone(), settings: my_settings };
    let who = if opened.version.updated_by == opened.you { "Your other window".to_owned() } else { opened.version.updated_by.clone() };
    let at = TimeView::styled(opened.version.updated_at, now, TimeStyle::Near);
    ConflictPage {
        base: opened.base(),
        crumbs: opened.head.crumbs(&layout, &format!("Edit draft {}", opened.version.number)),
        number: whole(opened.version.number),
        when: at.words(),
        theirs: differences(began.as_ref(), theirs),
        mine: differences(began.as_ref(), &my_document),
        merged: merged.text,
        clashes: merged.conflicts,
        their_text: Listing::new(format!("Text of {who}"), &theirs.text, &[]).with_id("theirs"),
        my_text: Listing::new("Your text", &mine, &[]).with_id("mine"),
        my_raw: mine,
        expect: opened.version.lock_version.to_string(),
        flow: opened.head.clone(),
        layout: Layout { title: format!("Two edits of {} v{}", opened.head.name, opened.version.number), ..layout },
        who,
    }
}

/// What a text changed since both began.
fn differences(began: Option<&Document>, document: &Document) -> Vec<ChangeView> {
    let said = |says: &str| vec![ChangeView::new(Diff::Changed, Rich::from(says))];
    let Some(began) = began else { return said("What both began with is not kept any more; compare the texts below.") };
    if began == document {
        return said("Nothing.");
    }
    let (Ok(old), Ok(new)) = (Definition::parse(&began.text), Definition::parse(&document.text)) else {
        return said("The text cannot be read as a definition; compare the texts below.");
    };
    changes(&diff(
        Content { definition: old.value(), settings: &began.settings },
        Content { definition: new.value(), settings: &document.settings },
    ))
}
