//! `…/versions/{n}/draft`: the draft made out of a version, after what is lost was shown (PRODUCT §4.2).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::{ConfigurationAt, dialog};
use crate::app::environment::{self, Stand, rack};
use crate::app::workspace;
use crate::domain::access::Permission;
use crate::domain::environment::differences;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout::Place;
use crate::web::pages::environment::acts;
use crate::web::refused::Refused;
use crate::web::views::environment as views;
use crate::web::views::whole;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
}

/// `GET …/draft`
///
/// # Errors
/// No such version; the person may not edit the configuration.
pub async fn show(visitor: Visitor, at: Path<ConfigurationAt>) -> Answer {
    page(&visitor, &at, &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &ConfigurationAt, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, stand, row, lost)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let row = environment::version(conn, &environment, &wanted.n)?;
            let stand = Stand::load(conn, &environment)?;
            let lost = match stand.draft() {
                Some(draft) => differences(&draft.content()?, &row.content()?),
                None => Vec::new(),
            };
            Ok((views::head(workspace, &environment), stand, row, lost))
        })
        .await?;
    let (number, draft) = (whole(row.number), stand.rack.draft().map(whole));
    let expect = whole(stand.environment.lock_version);
    let mut box_ = acts::draft(&head, number, draft, views::changes(&lost), expect, &layout.csrf);
    if draft == Some(number) {
        // Nothing can be made of the draft but the draft.
        (box_.act, box_.changes) = (None, Vec::new());
        box_.intro = format!("#{number} is the draft itself. Edit it on the page of the environment.").into();
    }
    box_.summary = refused.summary("The draft was not changed", "draft-from");
    dialog(visitor, refused.status, layout, &head, "Draft from a version", box_)
}

/// `POST …/draft`
///
/// # Errors
/// No such version; the person may not edit the configuration.
pub async fn create(visitor: Visitor, at: Path<ConfigurationAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment, version) = wanted.find(conn, ctx)?;
            let draft = rack::draft_from(conn, ctx, &environment, &version, form.expect)?;
            Ok((draft.number, version.number))
        })
        .await;
    match done {
        Ok((draft, from)) => {
            let flash = Flash::done(format!("Draft #{draft} holds what #{from} holds.")).text("Runs see it once it is deployed.");
            Ok(visitor.go(&at.environment().base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.environment().base())?;
            page(&visitor, &at, &refused).await
        }
    }
}
