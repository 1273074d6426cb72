//! `GET …/components/{kind}/{name}`, two revisions side by side, and a table as CSV.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::Deserialize;
use serde_json::Value;

use super::super::names::Answer;
use super::list::lasts;
use super::{At, head, may};
use crate::app::component::secret::{Set, set_when};
use crate::app::component::used::{self, Uses};
use crate::app::{self, component};
use crate::domain::component::{Authentication, Connection, Content, Kind, write_csv};
use crate::store::components::{self, Component, Revision};
use crate::store::page::{Direction, Page};
use crate::store::{cache_entries, environments};
use crate::web::components::banner::{Banner, Kind as BannerKind};
use crate::web::components::nav::Pager;
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::{count, plural};
use crate::web::pages::component::{ComponentComparePage, ComponentHead, ComponentPage, RevisionRow, TableView};
use crate::web::time::TimeView;
use crate::web::views::text;
use crate::web::visitor::Visitor;

/// Revisions on a page.
const REVISIONS: i64 = 20;
/// Rows of a table that are shown; the CSV has all of them.
const ROWS: usize = 200;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wish {
    /// Which revision is shown.
    revision: Option<i64>,
    /// Revisions older than this are listed.
    before: Option<i64>,
    /// Revisions newer than this are listed.
    after: Option<i64>,
}

struct Found {
    row: Component,
    head: ComponentHead,
    revision: Revision,
    content: Content,
    revisions: Page<Revision>,
    uses: Uses,
    set: Option<Set>,
    cached: Vec<(String, i64)>,
    may: bool,
    /// Which revision new runs use, by the names of the environments.
    in_use: Vec<(String, i64)>,
}

/// `GET …/{kind}/{name}`
///
/// # Errors
/// No such component or revision.
pub async fn show(visitor: Visitor, at: Path<At>, wish: Query<Wish>) -> Answer {
    let now = visitor.state.now().0;
    let (wanted, from) = (wish.revision, direction(&wish));
    let (layout, found) = visitor
        .page(&at.ws.clone(), Place::Components, move |conn, ctx, workspace| {
            let (_, row) = at.find(conn, ctx)?;
            let (revision, content) = component::revision(conn, &row, wanted)?;
            let kind = row.kind()?;
            let mut cached = Vec::new();
            if kind == Kind::Cache {
                for (environment, entries) in cache_entries::counts(conn, &row.id)? {
                    let named = environments::get(conn, &environment)?.map_or(environment, |e| e.name);
                    cached.push((named, entries));
                }
            }
            Ok(Found {
                head: head(workspace, &row)?,
                revisions: components::revisions(conn, &row.id, &from, REVISIONS)?,
                uses: used::used_by(conn, &row)?,
                set: if kind == Kind::Secret { set_when(conn, &row)? } else { None },
                may: may(ctx, workspace, kind),
                in_use: if kind == Kind::Secret { Vec::new() } else { component::freeze::revisions_in(conn, &row)? },
                row,
                revision,
                content,
                cached,
            })
        })
        .await?;
    htmx::page(StatusCode::OK, &page(found, layout, now))
}

fn direction(wish: &Wish) -> Direction<i64> {
    match (wish.before, wish.after) {
        (Some(n), _) => Direction::Before(n),
        (None, Some(n)) => Direction::After(n),
        (None, None) => Direction::Newest,
    }
}

fn page(found: Found, layout: Layout, now: i64) -> ComponentPage {
    let Found { row, head, revision, content, revisions, uses, set, cached, may, in_use } = found;
    let home = layout.home();
    let old = revision.revision != row.revision;
    let notice = if old {
        let says = format!("This is revision {}, not the latest", revision.revision);
        Some(Banner::new(BannerKind::Warn, says, format!("Revision {} is what new configurations use.", row.revision)))
    } else if head.kind == Kind::Secret && set.is_none() {
        Some(Banner::new(BannerKind::Warn, "This secret has no value yet", "A run that reads it fails."))
    } else {
        None
    };
    let table = match &content {
        Content::Lookup(lookup) => Some(TableView {
            columns: lookup.columns.clone(),
            rows: lookup.rows.iter().take(ROWS).cloned().collect(),
            says: match lookup.rows.len() {
                0 => "It has no rows yet.".to_owned(),
                all if all > ROWS => format!("The first {ROWS} of {} rows; the CSV has all of them.", count(all as u64)),
                all => plural(all as u64, "row.", "rows."),
            },
        }),
        _ => None,
    };
    let code = match &content {
        Content::Script(script) => Some((format!("Source of {}", head.name), script.source.clone())),
        Content::Variable(variable) => Some((format!("Value of {}", head.name), pretty(&variable.value))),
        _ => None,
    };
    ComponentPage {
        crumbs: head.own_crumbs(&layout),
        may,
        notice,
        holds: holds(&content, set.as_ref(), &home, now),
        code,
        table,
        how: how(&head, &content, revision.revision),
        facts: facts(&row, &in_use, now),
        used_by: used_lines(&uses, &home),
        pager: pager(&revisions, &head.base),
        revisions: if head.kind == Kind::Secret { Vec::new() } else { rows(revisions.items, row.revision, revision.revision, now) },
        cached: (head.kind == Kind::Cache).then(|| cached.iter().map(|(_, n)| n.unsigned_abs()).sum()),
        layout: Layout { title: format!("{} · Components", head.name), ..layout },
        head,
    }
    .with_cached(&cached)
}

impl ComponentPage {
    /// Says how many values a cache holds, and where.
    fn with_cached(mut self, cached: &[(String, i64)]) -> Self {
        if self.cached.is_some() {
            let says = cached.iter().map(|(place, n)| format!("{} in {place}", count(n.unsigned_abs()))).collect::<Vec<_>>().join(", ");
            self.holds.push(("Values now".to_owned(), if says.is_empty() { Rich::new().dim("None") } else { says.into() }));
        }
        self
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn holds(content: &Content, set: Option<&Set>, home: &str, now: i64) -> Vec<(String, Rich)> {
    let fact = |name: &str, value: Rich| (name.to_owned(), value);
    match content {
        Content::Connection(connection) => connection_facts(connection, home),
        Content::Script(script) => vec![fact("Written in", script.language.word().into())],
        Content::Cache(cache) => vec![fact("A value stays", lasts(cache.expiry_seconds).into())],
        Content::Lookup(lookup) => vec![fact("Key", Rich::new().code(lookup.columns.first().map_or("", String::as_str)))],
        Content::Variable(_) => Vec::new(),
        Content::Secret => vec![fact(
            "Value",
            match set {
                Some(set) => {
                    Rich::new().text("Set ").time(TimeView::near(set.at, now)).text(&format!(" by {}. Nobody can read it back.", set.by))
                }
                None => Rich::new().dim("None yet"),
            },
        )],
    }
}

fn connection_facts(connection: &Connection, home: &str) -> Vec<(String, Rich)> {
    let secret = |name: &str| Rich::new().link(&format!("{home}/components/secret/{name}"), name);
    let authentication = match &connection.authentication {
        Authentication::None => Rich::new().dim("None"),
        Authentication::Basic { username, secret: name } => {
            Rich::new().text(&format!("Basic as {username}, with the secret ")).join(&secret(name))
        }
        Authentication::Bearer { secret: name } => Rich::new().text("Bearer token out of the secret ").join(&secret(name)),
        Authentication::Header { header, secret: name } => {
            Rich::new().text("Header ").code(header).text(" out of the secret ").join(&secret(name))
        }
    };
    let mut facts = vec![
        ("Base address".to_owned(), Rich::new().code(&connection.base)),
        ("Authentication".to_owned(), authentication),
        (
            "Time limit".to_owned(),
            connection.timeout_seconds.map_or_else(|| Rich::new().dim("The server’s own"), |s| lasts(i64::from(s)).into()),
        ),
    ];
    facts.extend(connection.headers.iter().map(|(name, value)| (format!("Header {name}"), Rich::new().code(value))));
    facts.extend(connection.origins.iter().map(|(from, to)| (format!("Calls to {from}"), Rich::new().text("go to ").code(to))));
    facts
}

/// A piece of a definition that uses the component.
fn how(head: &ComponentHead, content: &Content, revision: i64) -> String {
    let name = &head.name;
    match content {
        Content::Connection(_) => {
            format!("- get:\n    call: http\n    with:\n      method: get\n      endpoint: connection://{name}/items/{{id}}")
        }
        Content::Script(_) => {
            format!(
                "- compute:\n    call: {name}@default       # this very revision: {name}:{revision}@default\n    with:\n      order: ${{ .order }}"
            )
        }
        Content::Cache(_) => format!(
            "- remember:\n    call: cache-put@default\n    with: {{ cache: {name}, key: '${{ .id }}', value: '${{ . }}', ttl: PT5M }}\n- recall:\n    call: cache-get@default\n    with: {{ cache: {name}, key: '${{ .id }}' }}"
        ),
        Content::Lookup(lookup) => {
            let column = lookup.columns.last().map_or("", String::as_str);
            format!("- find:\n    call: lookup@default\n    with: {{ lookup: {name}, key: '${{ .id }}', column: {column} }}")
        }
        Content::Variable(_) => format!("- use:\n    set:\n      it: ${{ {} }}", path("$environment.variables", name)),
        Content::Secret => format!("use:\n  secrets: [{name}]\ndo:\n  - use:\n      set:\n        it: ${{ {} }}", path("$secrets", name)),
    }
}

fn path(variable: &str, name: &str) -> String {
    if name.contains('-') { format!("{variable}[\"{name}\"]") } else { format!("{variable}.{name}") }
}

fn facts(row: &Component, in_use: &[(String, i64)], now: i64) -> Vec<(String, Rich)> {
    let by = |at: i64, by: &str| Rich::new().time(TimeView::near(at, now)).text(&format!(" by {by}"));
    let used = |(place, revision): &(String, i64)| {
        let says = Rich::new().text(&format!("Revision {revision}"));
        let says = if *revision == row.revision { says } else { says.dim(", until a configuration is deployed there") };
        (format!("In {place}"), says)
    };
    let made = [
        ("Id".to_owned(), Rich::new().code(&row.id)),
        ("Made".to_owned(), by(row.created_at, &row.created_by)),
        ("Last change".to_owned(), by(row.updated_at, &row.updated_by)),
    ];
    made.into_iter().chain(in_use.iter().map(used)).collect()
}

/// One line for each place that uses a component.
pub(super) fn used_lines(uses: &Uses, home: &str) -> Vec<Rich> {
    let versions = uses.versions.iter().map(|u| {
        let to = format!("{home}/flows/{}/versions/{}", u.flow.slug, u.version.number);
        Rich::new().link(&to, &format!("{} v{}", u.flow.name, u.version.number)).text(if u.live { ", live" } else { ", a draft" })
    });
    let configurations = uses
        .configurations
        .iter()
        .map(|u| Rich::new().strong(&u.environment.name).text(&format!(" configuration #{}, {}", u.number, u.state)));
    let others = uses
        .components
        .iter()
        .map(|(kind, name)| Rich::new().text(&format!("The {kind} ")).link(&format!("{home}/components/{kind}/{name}"), name));
    versions.chain(configurations).chain(others).collect()
}

fn rows(items: Vec<Revision>, latest: i64, here: i64, now: i64) -> Vec<RevisionRow> {
    let row = |r: Revision| RevisionRow {
        number: r.revision,
        latest: r.revision == latest,
        here: r.revision == here,
        note: r.note,
        by: r.created_by,
        at: TimeView::near(r.created_at, now),
    };
    items.into_iter().map(row).collect()
}

fn pager(page: &Page<Revision>, base: &str) -> Pager {
    let first = page.items.first().filter(|_| page.newer).map(|r| format!("{base}?after={}#rev-t", r.revision));
    let last = page.items.last().filter(|_| page.more).map(|r| format!("{base}?before={}#rev-t", r.revision));
    Pager {
        summary: "Every change is kept. A deployed configuration goes on with the revision it was deployed with.".into(),
        newer: first.map(|to| ("Newer revisions".to_owned(), to)),
        older: last.map(|to| ("Older revisions".to_owned(), to)),
    }
}

/// `…/compare/{a}...{b}`.
#[derive(Debug, Clone, Deserialize)]
pub struct TwoAt {
    ws: String,
    kind: String,
    name: String,
    a: i64,
    b: i64,
}

/// `GET …/compare/{a}...{b}`
///
/// # Errors
/// No such revision.
pub async fn compare(visitor: Visitor, two: Path<TwoAt>) -> Answer {
    let TwoAt { ws, kind, name, a, b } = two.into_inner();
    let at = At { ws: ws.clone(), kind, name };
    let (layout, (head, before, after)) = visitor
        .page(&ws, Place::Components, move |conn, ctx, workspace| {
            let (_, row) = at.find(conn, ctx)?;
            let (_, before) = component::revision(conn, &row, Some(a))?;
            let (_, after) = component::revision(conn, &row, Some(b))?;
            Ok((head(workspace, &row)?, lines(&before), lines(&after)))
        })
        .await?;
    let here = format!("Compare revisions {a} and {b}");
    let page = ComponentComparePage {
        crumbs: head.crumbs(&layout, &here),
        layout: Layout { title: format!("{here} · {}", head.name), ..layout },
        from: a,
        to: b,
        text: text::compare(&before, &after),
        head,
    };
    htmx::page(StatusCode::OK, &page)
}

/// A content as lines that can be compared.
fn lines(content: &Content) -> String {
    match content {
        Content::Script(script) => format!("language: {}\n\n{}\n", script.language.word(), script.source.trim_end()),
        Content::Lookup(lookup) => write_csv(lookup),
        other => pretty(&other.to_value()) + "\n",
    }
}

/// `GET …/csv`
///
/// # Errors
/// No such lookup.
pub async fn csv(visitor: Visitor, at: Path<At>) -> Answer {
    let found = visitor
        .read(move |conn, ctx| {
            let (_, row) = at.find(conn, ctx)?;
            match component::revision(conn, &row, None)? {
                (_, Content::Lookup(lookup)) => Ok((row.name, write_csv(&lookup))),
                _ => Err(app::Error::NotFound(format!("{} is a {}. Only lookups are tables.", row.name, row.kind))),
            }
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.csv\"", found.0)))
        .body(found.1))
}
