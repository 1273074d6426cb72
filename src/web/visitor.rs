//! The person behind a page request: signed in, known to the use cases, with the frame of the page they see.

use std::future::{Ready, ready};

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::components::banner::{Banner, BannerAction, Kind};
use super::csrf;
use super::error::PageError;
use super::flash::Flash;
use super::htmx::{self, Hx};
use super::layout::{Bare, Csrf, Layout, Person, Place, THEME_COOKIE, Theme};
use super::session::keys;
use super::state::State;
use super::time::TimeView;
use crate::app::backup::hold;
use crate::app::history::seen;
use crate::app::rollout::look;
use crate::app::{self, Ctx, approval, dashboard, workspace};
use crate::domain::access::{Permission, Role};
use crate::domain::vocabulary::Vocabulary;
use crate::store::conn::Conn;
use crate::store::people;
use crate::store::sightings;
use crate::store::workspaces::Workspace;

/// A signed-in person and their request.
pub struct Visitor {
    /// What handlers share.
    pub state: web::Data<State>,
    /// The session, for flashes.
    pub session: Session,
    /// Whether htmx asks.
    pub hx: Hx,
    /// The person's id, as the session has it; judged anew in each transaction.
    pub user: String,
    /// As in logs and history.
    pub request_id: String,
    theme: Theme,
    query: String,
}

impl FromRequest for Visitor {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// The theme a browser asked for with its cookie.
pub fn theme(request: &HttpRequest) -> Theme {
    request.cookie(THEME_COOKIE).map_or(Theme::System, |c| Theme::of(c.value()))
}

impl Visitor {
    fn of(request: &HttpRequest) -> Result<Self, PageError> {
        let hx = Hx::of(request);
        let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
            return Err(PageError::Fault("the handlers have no state".into()));
        };
        let session = request.get_session();
        let next = request.uri().path_and_query().map_or("/", |p| p.as_str());
        // After a form there is no page to come back to by GET: the page it stood on is the better place.
        let next = if csrf::unsafe_method(request.method()) { "/" } else { next };
        let Some(user) = session.get::<String>(keys::USER).ok().flatten() else {
            return Err(PageError::SignIn { next: next.to_owned(), fragment: hx.fragment });
        };
        Ok(Self {
            state,
            session,
            hx,
            user,
            request_id: htmx::request_id(request),
            theme: theme(request),
            query: request.query_string().to_owned(),
        })
    }

    /// The query of the address, undecoded.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The hash that names this session's row.
    pub fn session_id(&self) -> Option<String> {
        self.session.get::<String>(keys::SELF).ok().flatten()
    }

    /// Queries, with the person's present roles.
    ///
    /// # Errors
    /// What the queries say; [`PageError::SignIn`] when the person is gone or disabled.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static,
    ) -> Result<T, PageError> {
        let known = self.known();
        self.state.store.read(move |conn| known.with(conn, work)).await.map_err(|e| self.refused(e))
    }

    /// A use case, with the person's present roles, in one transaction. The error is kept as it is, so that a form
    /// can come back filled.
    ///
    /// # Errors
    /// What the use case says.
    pub async fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static) -> app::Result<T> {
        let known = self.known();
        self.state.store.write(move |conn| known.with(conn, work)).await
    }

    /// Queries of a page in a workspace, together with the frame of that page, in one go.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn page<T: Send + 'static>(
        &self,
        workspace: &str,
        place: Place,
        work: impl FnOnce(&mut Conn, &Ctx, &Workspace) -> app::Result<T> + Send + 'static,
    ) -> Result<(Layout, T), PageError> {
        let (name, user) = (workspace.to_owned(), self.user.clone());
        let (frame, value) = self
            .read(move |conn, ctx| {
                let workspace = workspace::find(conn, ctx, &name)?;
                let frame = Frame::load(conn, ctx, &user, &workspace)?;
                let value = work(conn, ctx, &workspace)?;
                Ok((frame, value))
            })
            .await?;
        Ok((self.layout(frame, place), value))
    }

    /// Keeps that this person looked at a thing: once an hour, and not for what a page fetches by itself. The page does
    /// not wait for it, and loses nothing when it cannot be kept.
    pub fn saw(&self, workspace: &str, object: &str) {
        if self.hx.fragment {
            return;
        }
        let (known, store, name, object) = (self.known(), self.state.store.clone(), workspace.to_owned(), object.to_owned());
        actix_web::rt::spawn(async move {
            let look = store.read(move |conn| {
                known.with(conn, |conn, ctx| {
                    let workspace = workspace::find(conn, ctx, &name)?;
                    let Some(seen) = seen::sighting(ctx, &workspace, &object) else { return Ok(None) };
                    let known = sightings::known(conn, &seen.object_id, seen.hour, &seen.user_id)?;
                    Ok((!known).then_some(seen))
                })
            });
            let kept = match look.await {
                Ok(Some(seen)) => store.append(move |conn| seen::keep(conn, &seen)).await,
                other => other.map(|_| ()),
            };
            if let Err(error) = kept {
                tracing::warn!(%error, "who looked at a page could not be kept");
            }
        });
    }

    /// The frame of a page that belongs to no workspace: that of the first one the person sees.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn plain_page<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static,
    ) -> Result<(Layout, T), PageError> {
        let user = self.user.clone();
        let (frame, value) = self
            .read(move |conn, ctx| {
                let first = workspace::list(conn, ctx)?.into_iter().next();
                let first = first.ok_or_else(|| app::Error::NotFound("You have no role in any workspace. Ask an admin for one.".into()))?;
                let frame = Frame::load(conn, ctx, &user, &first)?;
                let value = work(conn, ctx)?;
                Ok((frame, value))
            })
            .await?;
        Ok((self.layout(frame, place), value))
    }

    fn layout(&self, frame: Frame, place: Place) -> Layout {
        Layout {
            title: String::new(),
            theme: self.theme,
            csrf: Csrf(self.session.get(csrf::SESSION_KEY).ok().flatten().unwrap_or_default()),
            workspace: frame.workspace.slug,
            workspace_name: frame.workspace.name,
            words: frame.words,
            other_workspaces: frame.others,
            person: frame.person,
            place,
            failed_runs: frame.failed_runs,
            open_rollouts: frame.open_rollouts,
            open_proposals: frame.open_proposals,
            query: String::new(),
            // A fragment must not use up the message meant for the next whole page.
            flash: if self.hx.fragment { None } else { Flash::take(&self.session).map(Flash::banner) },
            notices: frame.held.into_iter().collect(),
        }
    }

    /// Keeps a message for the next page and goes there.
    pub fn go(&self, to: &str, flash: &Flash) -> actix_web::HttpResponse {
        flash.keep(&self.session);
        htmx::see_other(self.hx, to)
    }

    /// A use case's refusal as an error page.
    pub fn refused(&self, error: app::Error) -> PageError {
        match error {
            app::Error::NotFound(what) if what == GONE => PageError::SignIn { next: "/".into(), fragment: self.hx.fragment },
            other => other.into(),
        }
    }

    fn known(&self) -> Known {
        Known { user: self.user.clone(), now: self.state.now(), request_id: self.request_id.clone() }
    }
}

/// The person of a session is gone or disabled.
const GONE: &str = "your account";

impl From<app::Error> for PageError {
    fn from(error: app::Error) -> Self {
        use crate::store::error::Error as Store;
        match error {
            app::Error::NotFound(what) => Self::NotFound(what),
            app::Error::Forbidden(_) => Self::Forbidden(error.to_string()),
            app::Error::Invalid(_) | app::Error::Refused(_) | app::Error::Stale { .. } => Self::Conflict(error.to_string()),
            app::Error::Store(Store::Busy | Store::Unavailable(_)) => {
                Self::Unavailable("The database cannot answer right now. Nothing was changed.".into())
            }
            app::Error::Store(other) => Self::Fault(other.to_string()),
        }
    }
}

struct Known {
    user: String,
    now: crate::domain::clock::Micros,
    request_id: String,
}

impl Known {
    fn with<T>(self, conn: &mut Conn, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T>) -> app::Result<T> {
        let user = people::get(conn, &self.user)?.filter(|u| u.disabled_at.is_none());
        let user = user.ok_or_else(|| app::Error::NotFound(GONE.into()))?;
        let actor = app::session::actor(conn, &user)?;
        work(conn, &Ctx { actor, now: self.now, request_id: self.request_id })
    }
}

/// What every page has around it, as data.
struct Frame {
    workspace: Workspace,
    words: Vocabulary,
    others: Vec<(String, String)>,
    person: Person,
    failed_runs: u64,
    open_rollouts: u64,
    open_proposals: u64,
    held: Option<Banner>,
}

impl Frame {
    fn load(conn: &mut Conn, ctx: &Ctx, user: &str, workspace: &Workspace) -> app::Result<Self> {
        let others = workspace::list(conn, ctx)?.into_iter().filter(|w| w.id != workspace.id).map(|w| (w.slug, w.name)).collect();
        let id = workspace.id();
        let role = ctx.actor.grants.iter().filter(|g| g.workspace.is_none() || g.workspace.as_ref() == Some(&id)).map(|g| g.role).max();
        let failed = dashboard::failed_runs(conn, workspace, ctx.now)?;
        let rolling = look::count_open(conn, workspace)?;
        let proposed = approval::look::count_open(conn, ctx, workspace)?;
        tracing::Span::current().record("user", user);
        Ok(Self {
            workspace: workspace.clone(),
            words: workspace.vocabulary()?,
            others,
            person: Person {
                name: ctx.actor.name.clone(),
                role: role.map_or("No role", role_name).to_owned(),
                admin: ctx.actor.may(Permission::Administer, None),
            },
            failed_runs: u64::try_from(failed).unwrap_or(0),
            open_rollouts: u64::try_from(rolling).unwrap_or(0),
            open_proposals: u64::try_from(proposed).unwrap_or(0),
            held: hold::held(conn)?.map(|held| held_banner(&held, ctx)),
        })
    }
}

/// Said on every page after a restore, until an admin lets everything go on.
fn held_banner(held: &hold::Held, ctx: &Ctx) -> Banner {
    let at = TimeView::near(held.made_at.0, ctx.now.0).words();
    let title = format!("This instance was restored to its state of {at}.");
    let wait = "Runs, rollouts and planned changes wait, and starts are refused.";
    if ctx.actor.may(Permission::Administer, None) {
        let text = format!("{wait} Look around, then let them go on.");
        return Banner::new(Kind::Warn, title, text).action(BannerAction::post("Let everything go on", "/backups/release"));
    }
    Banner::new(Kind::Warn, title, format!("{wait} An admin lets them go on under Backups."))
}

/// A role as people read it.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Editor => "Editor",
        Role::Operator => "Operator",
        Role::Admin => "Administrator",
    }
}

/// The frame of pages without a person: sign-in, set-up. The form's token comes from a cookie of its own.
pub fn bare(request: &HttpRequest, title: &str, form_cookie: &str) -> Bare {
    Bare { csrf: Csrf(csrf::form_token(form_cookie)), ..Bare::new(title, theme(request)) }
}
