//! The queries of a page and nothing else: what the server's page is held against.
//!
//! All of them, as DECISIONS 26 wants: the session, the person with their roles, the frame around the page, and the
//! page's own, by the very functions that its handler calls, over and over on one connection of this process.

use std::time::{Duration, Instant};

use signalbox::app::dashboard;
use signalbox::app::deployment::rollback;
use signalbox::app::version::table as versions_table;
use signalbox::app::{self, Ctx, flow, run, session, workspace};
use signalbox::clock::SystemClock;
use signalbox::domain::clock::Clock;
use signalbox::store::conn::{Conn, Manager, Purpose, Target};
use signalbox::store::flows::Filter as FlowFilter;
use signalbox::store::page::{DEFAULT_LIMIT, Direction};
use signalbox::store::runs::Filter;
use signalbox::store::versions::{self, Shown};
use signalbox::store::workspaces::Workspace;
use signalbox::store::{environments, people, sessions};

use crate::support::Database;

/// Whose pages, of which flow.
pub struct Reader {
    conn: Conn,
    session: String,
    flow: String,
}

impl Reader {
    /// The newest session in the database is the one whose pages are measured.
    pub fn open(database: &Database, flow: &str) -> Self {
        let target = Target::parse(&database.url()).expect("an address");
        let conn = Manager { target, purpose: Purpose::Read, unsynchronised: false }.open().expect("open the database");
        let session = database.texts("SELECT id_hash AS t FROM sessions ORDER BY created_at DESC LIMIT 1").remove(0);
        Self { conn, session, flow: flow.to_owned() }
    }

    /// Version tables read a second.
    pub fn version_tables(&mut self, from: &Direction<i64>, time: Duration) -> f64 {
        let name = self.flow.clone();
        self.rate(time, |conn, ctx, workspace| version_table(conn, ctx, workspace, &name, from))
    }

    /// Run lists read a second.
    pub fn run_lists(&mut self, from: &Direction<String>, time: Duration) -> f64 {
        self.rate(time, |conn, ctx, workspace| {
            run::table::table(conn, ctx, workspace, &Filter::default(), from, DEFAULT_LIMIT)?;
            flow::list(conn, ctx, workspace, &FlowFilter::default(), &Direction::Newest, 200)?;
            environments::list(conn, &workspace.id)?;
            Ok(())
        })
    }

    fn rate(&mut self, time: Duration, page: impl Fn(&mut Conn, &Ctx, &Workspace) -> app::Result<()>) -> f64 {
        let (mut count, begin) = (0_u32, Instant::now());
        while begin.elapsed() < time {
            self.framed(&page).expect("the page's queries");
            count += 1;
        }
        f64::from(count) / begin.elapsed().as_secs_f64()
    }

    /// What comes before the page's own queries on every page.
    fn framed(&mut self, page: impl Fn(&mut Conn, &Ctx, &Workspace) -> app::Result<()>) -> app::Result<()> {
        let conn = &mut self.conn;
        let session = sessions::get(conn, &self.session, 0)?.expect("the session");
        let user = people::get(conn, session.user_id.as_deref().unwrap_or_default())?.expect("the person");
        let ctx = Ctx { actor: session::actor(conn, &user)?, now: SystemClock.now(), request_id: "bench".into() };
        let workspace = workspace::find(conn, &ctx, "main")?;
        workspace::list(conn, &ctx)?;
        dashboard::failed_runs(conn, &workspace, ctx.now)?;
        page(conn, &ctx, &workspace)
    }
}

fn version_table(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, name: &str, from: &Direction<i64>) -> app::Result<()> {
    let flow = flow::find(conn, workspace, name)?;
    let table = versions_table::table(conn, ctx, &flow, Shown::All, from, DEFAULT_LIMIT)?;
    let cells = dashboard::of_flow(conn, ctx, &flow, &table.environments)?;
    for (environment, cell) in table.environments.iter().zip(cells) {
        if let Some((live, _)) = &cell.primary {
            rollback::previous(conn, &flow, environment, &live.id)?;
        }
    }
    if let Some(draft) = &flow.working_draft {
        versions::get(conn, draft)?;
    }
    Ok(())
}
