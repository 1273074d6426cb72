//! The parts of Signalbox in this very process, without HTTP: for tests of use cases and of the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::Value;
use signalbox::app::component::create::New;
use signalbox::app::component::edit::Edit as ComponentEdit;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::flow::create::{NewFlow, create};
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::vault::Vault;
use signalbox::app::version::publish::{Publication, publish};
use signalbox::app::version::save::{Edit, save};
use signalbox::app::{self, Ctx, instance, workspace};
use signalbox::domain::audit::Keys;
use signalbox::domain::clock::{Clock, Micros};
use signalbox::domain::component::Kind;
use signalbox::domain::deployment::InFlight;
use signalbox::domain::run::Trigger;
use signalbox::runner::embedded::{Embedded, Settings};
use signalbox::runner::expressions::{Evaluator, Settings as EvaluatorSettings};
use signalbox::runner::http::CallerBuilder;
use signalbox::runner::http::egress::Egress;
use signalbox::runner::interpret::{Ceilings, World};
use signalbox::store::components::Component;
use signalbox::store::conn::{Conn, Manager, Purpose, Target};
use signalbox::store::environments::Environment;
use signalbox::store::flows::Flow;
use signalbox::store::runs::Run;
use signalbox::store::versions::Version;
use signalbox::store::workspaces::Workspace;
use signalbox::store::{self, Options, Store, migrate, sealing};

use super::Database;

/// A clock that goes with the system's and can be moved forward.
pub struct TestClock {
    ahead: AtomicI64,
}

impl TestClock {
    pub fn forward(&self, micros: i64) {
        self.ahead.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Micros {
        signalbox::clock::SystemClock.now().plus(self.ahead.load(Ordering::SeqCst))
    }
}

/// An instance without a server.
pub struct Inside {
    pub store: Store,
    pub clock: Arc<TestClock>,
    pub workspace: Workspace,
    allowed: Vec<String>,
}

impl Inside {
    /// Schema, workspace `main`, its two environments.
    pub fn new(database: &Database) -> Self {
        Self::calling(database, &[])
    }

    /// The same, whose flows may call these addresses.
    pub fn calling(database: &Database, allowed: &[String]) -> Self {
        Self::set_up(database, allowed, true)
    }

    /// The same with every commit synchronised, for what is measured.
    pub fn durable(database: &Database) -> Self {
        Self::set_up(database, &[], false)
    }

    fn set_up(database: &Database, allowed: &[String], unsynchronised: bool) -> Self {
        std::fs::create_dir_all(database.data_dir()).expect("make the data folder");
        let target = Target::parse(&database.url()).expect("a known address");
        let manager = Manager { target: target.clone(), purpose: Purpose::Write, unsynchronised };
        let mut conn = manager.open().expect("open the database");
        migrate::run(&mut conn).expect("bring the schema up");
        let clock = Arc::new(TestClock { ahead: AtomicI64::new(0) });
        let ctx = Ctx::system(clock.now(), "test");
        // A history that a command or server has sealed takes no event from anybody without the key.
        let keys = key_of(database).map(|key| Keys::new(&key).expect("keys"));
        let prepare = |conn: &mut Conn| store::transaction(conn, |conn| instance::prepare(conn, &ctx));
        sealing::with(keys.as_ref(), || prepare(&mut conn)).expect("make the workspace");
        let workspace = workspace::find(&mut conn, &ctx, "main").expect("find the workspace");
        drop(conn);
        let store = Store::open_with(&Options { target, unsynchronised }, keys).expect("open the store");
        Self { store, clock, workspace, allowed: allowed.to_vec() }
    }

    pub fn ctx(&self) -> Ctx {
        Ctx::system(self.clock.now(), "test")
    }

    /// An engine; several on one store are several workers.
    pub async fn engine(&self, machine: &str) -> Embedded {
        self.engine_of(Settings::new(machine)).await
    }

    /// An engine that is set up otherwise; the vault is that of all tests.
    pub async fn engine_of(&self, settings: Settings) -> Embedded {
        let allowed = self.allowed.iter().map(|a| a.parse().expect("an egress entry")).collect();
        let http = CallerBuilder { egress: Egress { allowed, own: Vec::new() }, ..CallerBuilder::default() }.build().expect("a caller");
        let expressions = Evaluator::new(EvaluatorSettings::of(env!("CARGO_BIN_EXE_signalbox")));
        let world = World { http: Arc::new(http), expressions: Arc::new(expressions), ceilings: Ceilings::default() };
        let clock: Arc<dyn Clock> = self.clock.clone();
        let settings = Settings { vault: vault(), ..settings };
        Embedded::open(self.store.clone(), clock, world, settings).await.expect("sign the worker on")
    }

    /// A use case in a transaction of its own.
    pub async fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static) -> app::Result<T> {
        let ctx = self.ctx();
        self.store.write(move |conn| work(conn, &ctx)).await
    }

    /// Queries.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<T> + Send + 'static) -> T {
        let ctx = self.ctx();
        self.store.read(move |conn| work(conn, &ctx)).await.expect("read")
    }

    /// A flow whose first version is published.
    pub async fn flow(&self, slug: &str, definition: &str) -> (Flow, Version) {
        let workspace = self.workspace.clone();
        let new = NewFlow { slug: slug.into(), name: slug.into(), definition: Some(definition.into()), ..NewFlow::default() };
        self.write(move |conn, ctx| {
            let (flow, draft) = create(conn, ctx, &workspace, &new)?;
            let version = publish(conn, ctx, &flow, &draft, &Publication { note: "first".into(), ..Publication::default() })?;
            Ok((flow, version))
        })
        .await
        .expect("make and publish a flow")
    }

    /// Another published version of a flow.
    pub async fn version(&self, flow: &Flow, definition: &str) -> Version {
        let (flow, text) = (flow.clone(), definition.to_owned());
        self.write(move |conn, ctx| {
            let latest = app::version::find(conn, &flow, "latest")?;
            let draft = app::version::create::from_version(conn, ctx, &flow, &latest, app::version::create::OtherDraft::Keep)?;
            let (draft, _) = save(conn, ctx, &flow, &draft, &Edit { text: Some(text), ..Edit::default() }, None)?;
            publish(conn, ctx, &flow, &draft, &Publication::default())
        })
        .await
        .expect("publish another version")
    }

    /// A component of the workspace.
    pub async fn component(&self, kind: Kind, name: &str, content: Value) -> Component {
        let (workspace, name) = (self.workspace.clone(), name.to_owned());
        let new = New { kind, name, description: String::new(), content, note: String::new() };
        self.write(move |conn, ctx| app::component::create::create(conn, ctx, &workspace, &new)).await.expect("make a component")
    }

    /// Another revision of a component.
    pub async fn revise(&self, component: &Component, content: Value) -> Component {
        let (component, edit) = (component.clone(), ComponentEdit { content: Some(content), ..ComponentEdit::default() });
        self.write(move |conn, ctx| app::component::edit::edit(conn, ctx, &vault(), &component, &edit, None)).await.expect("revise it")
    }

    /// A secret with its value.
    pub async fn secret(&self, name: &str, value: Value) -> Component {
        let made = self.component(Kind::Secret, name, serde_json::json!({})).await;
        self.write(move |conn, ctx| app::component::secret::set(conn, ctx, &vault(), &made, &value)).await.expect("set a secret")
    }

    /// Puts a text in place of production's deployed configuration.
    pub async fn configure(&self, configuration: Value) {
        let environment = self.environment("production").await.id;
        let statement = format!(
            "UPDATE environment_versions SET configuration = '{}' WHERE environment_id = '{environment}'",
            configuration.to_string().replace('\'', "''")
        );
        self.write(move |conn, _| {
            diesel::RunQueryDsl::execute(diesel::sql_query(statement), conn).map_err(|e| app::Error::Store(e.into()))
        })
        .await
        .expect("configure production");
    }

    pub async fn environment(&self, slug: &'static str) -> Environment {
        let workspace = self.workspace.clone();
        self.read(move |conn, _| workspace::environment(conn, &workspace, slug)).await
    }

    /// Makes a version live in production.
    pub async fn deploy(&self, flow: &Flow, version: &Version, expect: Option<i64>) -> app::Result<i64> {
        let (flow, version, environment) = (flow.clone(), version.clone(), self.environment("production").await);
        let ask = Deploy { expect, ..Deploy::whole("test") };
        self.write(move |conn, ctx| Ok(deploy(conn, ctx, &flow, &environment, &version, &ask)?.record.routing_revision)).await
    }

    /// Stores a run in production for whoever takes it up.
    pub async fn start(&self, flow: &Flow, input: Value) -> app::Result<Run> {
        let (flow, environment) = (flow.clone(), self.environment("production").await);
        let ask = Start { input, ..Start::default() };
        self.write(move |conn, ctx| start(conn, ctx, &flow, &environment, &ask, &Source::new(Trigger::Api))).await
    }

    /// A version as it stands now.
    pub async fn newest(&self, version: &Version) -> Version {
        let id = version.id.clone();
        self.read(move |conn, _| Ok(store::versions::get(conn, &id)?)).await.expect("the version is there")
    }

    pub async fn run(&self, id: &str) -> Run {
        let id = id.to_owned();
        self.read(move |conn, _| Ok(store::runs::get(conn, &id)?)).await.expect("the run is there")
    }

    pub async fn steps(&self, id: &str) -> Vec<store::journal::Step> {
        let id = id.to_owned();
        self.read(move |conn, _| Ok(store::journal::steps(conn, &id)?)).await
    }

    /// Ticks until the run has ended or rests in one of the states; fails when that takes too long.
    pub async fn until(&self, engine: &Embedded, id: &str, states: &[&str]) -> Run {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let run = self.run(id).await;
            if states.contains(&run.state.as_str()) && run.worker.is_none() {
                return run;
            }
            assert!(tokio::time::Instant::now() < deadline, "the run is {} and not one of {states:?}: {run:?}", run.state);
            engine.tick().await.expect("tick");
            signalbox::app::engine::RunEngine::ended(engine, id, Duration::from_millis(20)).await;
        }
    }
}

/// The keys of tests.
pub fn vault() -> Vault {
    Vault::new(&[7; 32])
}

/// Runs an asynchronous test body on a runtime like the runner's.
pub fn on_runtime<F: Future>(body: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime").block_on(body)
}

/// The key in a database's data folder, where a command or server made one.
fn key_of(database: &Database) -> Option<[u8; 32]> {
    let text = std::fs::read_to_string(database.data_dir().join("signalbox.key")).ok()?;
    let bytes: Vec<u8> = (0..32).filter_map(|i| u8::from_str_radix(text.trim().get(2 * i..2 * i + 2)?, 16).ok()).collect();
    bytes.try_into().ok()
}
