//! `…/publish`: a draft is frozen under its hash (PRODUCT §3.4).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, VersionAt};
use crate::app::version::publish::{self, Publication};
use crate::app::version::{self, check, compare};
use crate::app::{self, flow};
use crate::domain::access::Permission;
use crate::store::versions;
use crate::web::components::change::CheckView;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::lifecycle::{self, Publish};
use crate::web::refused::Refused;
use crate::web::views::version::{Found, marked};
use crate::web::views::{change, head, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: i64,
    #[serde(default)]
    note: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    label: String,
}

/// `GET …/publish`
///
/// # Errors
/// No such version; the person may not publish.
pub async fn show(visitor: Visitor, at: Path<VersionAt>) -> Answer {
    dialog(&visitor, &at, None, &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &VersionAt, typed: Option<Form>, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, version, checked, against)) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            ctx.allow(Permission::Edit, Some(&workspace.id()))?;
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            if !version.is_draft() {
                return Err(app::Error::refused("not_a_draft", format!("Version {} is published already.", version.number)));
            }
            let document = version::document(conn, &version.id)?;
            let checked = check::check(conn, &flow, &document.text, &document.settings)?;
            let against = match versions::latest(conn, &flow.id)? {
                Some(latest) => Some((latest.number, compare::compare(conn, &latest, &version)?)),
                None => None,
            };
            Ok((head(workspace, &flow), version, checked, against))
        })
        .await?;
    let number = version.number;
    let base = format!("{}/versions/{number}", head.base);
    let changes = against.as_ref().map(|(_, c)| change::changes(&c.changes)).unwrap_or_default();
    let found: Vec<Found> = serde_json::from_str(&checked.problems_json()).unwrap_or_default();
    let mut checks: Vec<CheckView> = found.iter().map(|p| problem(p, &base)).collect();
    if checked.ready() {
        checks.insert(0, CheckView::ok("Ready: validation found no errors"));
    }
    checks.push(match &against {
        None => CheckView::ok("It is the first version of this flow"),
        Some((latest, _)) if changes.is_empty() => CheckView::warn(format!("Nothing differs from version {latest}")),
        Some((latest, _)) => {
            let full = Rich::new().link(&format!("{}/compare/{latest}...{number}", head.base), "Compare in full");
            CheckView::ok(format!("{} from version {latest}", plural(changes.len() as u64, "difference", "differences"))).note(full)
        }
    });
    let p = match typed {
        Some(form) => Publish { note: form.note, reference: form.reference, label: form.label, expect: version.lock_version.to_string() },
        None => Publish {
            note: version.note.clone(),
            reference: version.reference.clone().unwrap_or_default(),
            label: version.label.clone().unwrap_or_default(),
            expect: version.lock_version.to_string(),
        },
    };
    let mut dialog = lifecycle::publish(&head, whole(number), p, changes, checks, &layout.csrf, &refused.errors);
    dialog.summary = refused.summary(format!("Version {number} was not published"), "publish");
    if dialog.act.is_none() {
        // Nothing is asked for an act that cannot be done.
        dialog.fields.clear();
        dialog.why = "It can be published when these are solved.".to_owned();
    }
    names::dialog(visitor, refused.status, layout, &head, "Publish", dialog)
}

fn problem(found: &Found, base: &str) -> CheckView {
    let says = Rich::new().strong(&found.place()).text(": ").join(&marked(&found.message));
    let query = serde_html_form::to_string([("step", found.pointer.as_str())]).unwrap_or_default();
    let fix = Rich::new().link(&format!("{base}/edit?{query}"), "Fix");
    if found.blocks() { CheckView::bad(says).note(fix) } else { CheckView::warn(says).note(fix) }
}

/// `POST …/publish`
///
/// # Errors
/// No such version; the person may not publish.
pub async fn create(visitor: Visitor, at: Path<VersionAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let publication =
        Publication { note: form.note.clone(), reference: form.reference.clone(), label: form.label.clone(), based_on: Some(form.expect) };
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, version) = wanted.find(conn, ctx)?;
            Ok(publish::publish(conn, ctx, &flow, &version, &publication)?.number)
        })
        .await;
    match done {
        Ok(number) => {
            let flash = Flash::done(format!("Version {number} is published.")).text("It runs nowhere before you deploy it.");
            Ok(visitor.go(&format!("{}/versions/{number}", at.flow().base()), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, Some(form), &refused).await
        }
    }
}
