//! `/w/{ws}/approvals`: what waits for approval, and deciding on it (PRODUCT §9.3).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path, Query, ServiceConfig, get, post};
use serde::Deserialize;

use super::names::Answer;
use crate::app::approval::execute::{self, Executed};
use crate::app::approval::subject::Subject;
use crate::app::approval::{look, propose, vote};
use crate::app::{self, Ctx, workspace};
use crate::domain::access::Permission;
use crate::domain::approval::{Standing, Verdict};
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::page::Direction;
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::pages::approval::{ApprovalListPage, ApprovalPage};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::proposal::{facts, item, said, shown};
use crate::web::visitor::Visitor;

/// Proposals on a page.
const SHOWN: i64 = 50;

/// Addresses of approvals.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/approvals", get().to(list))
        .route("/approvals/{id}", get().to(show))
        .route("/approvals/{id}/vote", post().to(cast))
        .route("/approvals/{id}/execution", post().to(carry_out))
        .route("/approvals/{id}/withdrawal", post().to(take_back));
}

/// What of the list is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    all: bool,
    before: Option<String>,
}

/// `GET /w/{ws}/approvals`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, ws: Path<String>, wanted: Query<Wanted>) -> Answer {
    let Wanted { all, before } = wanted.into_inner();
    let now = visitor.state.now().0;
    let (layout, (items, next)) = visitor
        .page(&ws, Place::Approvals, move |conn, ctx, workspace| {
            let from = before.map_or(Direction::Newest, Direction::Before);
            let page = look::list(conn, ctx, workspace, !all, &from, SHOWN)?;
            let next = page.items.last().filter(|_| page.more).map(|last| last.proposal.id.clone());
            let base = format!("/w/{}/approvals", workspace.slug);
            let items: app::Result<Vec<_>> = page.items.iter().map(|found| item(conn, found, &base, now)).collect();
            Ok((items?, next))
        })
        .await?;
    let more = |id: String| format!("{}/approvals?before={id}{}", layout.home(), if all { "&all=true" } else { "" });
    let older = next.map(|id| ("Older proposals".to_owned(), more(id)));
    let page = ApprovalListPage {
        layout: Layout { title: "Approvals".into(), ..layout },
        open: !all,
        items,
        pager: Pager { older, ..Pager::default() },
    };
    htmx::page(StatusCode::OK, &page)
}

/// A proposal's address.
#[derive(Debug, Clone, Deserialize)]
pub struct At {
    ws: String,
    id: String,
}

impl At {
    fn base(&self) -> String {
        format!("/w/{}/approvals/{}", self.ws, self.id)
    }

    fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<look::Looked> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        look::look(conn, ctx, &workspace, &self.id)
    }
}

/// `GET /w/{ws}/approvals/{id}`
///
/// # Errors
/// No such proposal.
pub async fn show(visitor: Visitor, at: Path<At>) -> Answer {
    page(&visitor, &at, "", &Refused::nothing()).await
}

async fn page(visitor: &Visitor, at: &At, comment: &str, refused: &Refused) -> Answer {
    let (wanted, now) = (at.clone(), visitor.state.now().0);
    let (layout, (looked, item, shown, user, admin)) = visitor
        .page(&at.ws, Place::Approvals, move |conn, ctx, workspace| {
            let looked = look::look(conn, ctx, workspace, &wanted.id)?;
            let item = item(conn, &looked, &format!("/w/{}/approvals", workspace.slug), now)?;
            let shown = shown(conn, workspace, &looked)?;
            Ok((looked, item, shown, ctx.user_id(), ctx.actor.may(Permission::Administer, Some(&workspace.id()))))
        })
        .await?;
    let waits = looked.standing.waits();
    let may_execute = looked.standing == Standing::Approved && looked.may_operate;
    let production = looked.environment.kind().is_ok_and(|kind| kind == Kind::Production);
    let fallen = match looked.standing {
        Standing::Void => Some(match &looked.subject {
            Subject::Deployment(_) => "Version, configuration or plan are not what was approved any more. Propose it anew.".to_owned(),
            Subject::Configuration(_) => "Its replacements, its note, a component they freeze, or what is deployed are not what was approved any more. Propose it anew.".to_owned(),
        }),
        Standing::Expired => Some("Nobody carried it out within 24 hours. Propose it anew.".to_owned()),
        _ => None,
    };
    let page = ApprovalPage {
        crumbs: Crumbs::here(format!("{} {}", item.name, item.short)).below(format!("{}/approvals", layout.home()), "Approvals"),
        until: if waits { Rich::new().text("Expires ").time(TimeView::near(looked.proposal.expires_at, now)) } else { Rich::new() },
        base: at.base(),
        hash: looked.proposal.bound_hash.clone(),
        compared: shown.compared,
        // What a draft holds by now is not what was decided on.
        compare_href: shown.compare_href.filter(|_| waits || matches!(looked.subject, Subject::Deployment(_))).unwrap_or_default(),
        changes: shown.changes,
        facts: facts(&looked),
        votes: looked.votes.iter().map(|v| said(v, now)).collect(),
        may_vote: waits && looked.may_not.is_none(),
        may_not: if waits { looked.may_not.clone().unwrap_or_default() } else { "It has been decided.".to_owned() },
        may_execute,
        may_withdraw: waits && (admin || user.as_deref() == Some(looked.proposal.proposer_id.as_str())),
        fallen,
        comment: Field::text("comment", "Comment").value(comment).hint("Needed to reject.").check_in(&refused.errors),
        confirm: match &looked.subject {
            Subject::Deployment(d) if may_execute && production => Some(Field::confirm(&d.flow.slug).check_in(&refused.errors)),
            _ => None,
        },
        summary: refused.summary("Nothing was decided", "comment"),
        layout: Layout { title: format!("Approve {} · {}", item.short, item.name), ..layout },
        item,
    };
    htmx::page(refused.status, &page)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    #[serde(rename = "csrf")]
    _csrf: String,
    hash: String,
    verdict: String,
    comment: String,
}

/// `POST …/vote`
///
/// # Errors
/// No such proposal; not allowed.
pub async fn cast(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Vote = form::parse(&body)?;
    let Ok(verdict) = form.verdict.parse::<Verdict>() else {
        return page(&visitor, &at, &form.comment, &Refused::field("comment", "Approve or reject.")).await;
    };
    let (wanted, comment, hash) = (at.clone(), form.comment.clone(), form.hash);
    let done = visitor
        .write(move |conn, ctx| {
            let looked = wanted.find(conn, ctx)?;
            vote::vote(conn, ctx, &looked, verdict, &comment, Some(&hash))?;
            wanted.find(conn, ctx)
        })
        .await;
    match done {
        Ok(looked) => {
            let says = match looked.standing {
                Standing::Approved => "It has its approvals and can be carried out.",
                Standing::Rejected => "It is rejected; its proposer sees your reason.",
                _ => "Your approval is kept; it waits for others.",
            };
            Ok(visitor.go(&at.base(), &Flash::done(says)))
        }
        Err(error) => page(&visitor, &at, &form.comment, &Refused::of(&visitor, error, &at.base())?).await,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Execution {
    #[serde(rename = "csrf")]
    _csrf: String,
    confirm: Option<String>,
}

/// `POST …/execution`
///
/// # Errors
/// No such proposal; not allowed.
pub async fn carry_out(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Execution = form::parse(&body)?;
    let wanted = at.clone();
    let typed = Some(form.confirm.unwrap_or_default());
    let done = visitor
        .write(move |conn, ctx| {
            let looked = wanted.find(conn, ctx)?;
            let done = execute::execute(conn, ctx, &looked, typed)?;
            Ok((looked, done))
        })
        .await;
    match done {
        Ok((looked, Executed::Deployment { flow, done })) => {
            done.terminated.iter().for_each(|run| visitor.state.engine.control(run));
            let number = done.record.version_number.unwrap_or_default();
            let says = format!("Version {number} of {} goes to {}.", flow.name, looked.environment.name);
            Ok(visitor.go(&format!("/w/{}/flows/{}", at.ws, flow.slug), &Flash::done(says)))
        }
        Ok((looked, Executed::Configuration(done))) => {
            let says = format!("Configuration #{} is deployed to {}.", done.version.number, looked.environment.name);
            Ok(visitor.go(&format!("/w/{}/environments/{}", at.ws, looked.environment.slug), &Flash::done(says)))
        }
        Err(error) => page(&visitor, &at, "", &Refused::of(&visitor, error, &at.base())?).await,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    #[serde(rename = "csrf")]
    _csrf: String,
}

/// `POST …/withdrawal`
///
/// # Errors
/// No such proposal; not allowed.
pub async fn take_back(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let _: Only = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let looked = wanted.find(conn, ctx)?;
            propose::withdraw(conn, ctx, &looked.proposal, "")
        })
        .await;
    match done {
        Ok(()) => Ok(visitor.go(&format!("/w/{}/approvals", at.ws), &Flash::done("The proposal is taken back."))),
        Err(error) => page(&visitor, &at, "", &Refused::of(&visitor, error, &at.base())?).await,
    }
}
