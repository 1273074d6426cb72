//! The real server in this very process, with an engine that executes nothing.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use signalbox::app::backup::Depot;
use signalbox::app::people::NewUser;
use signalbox::app::{self, Ctx, instance, token};
use signalbox::clock::{Generate, SystemClock};
use signalbox::domain::access::Role;
use signalbox::domain::clock::Clock;
use signalbox::domain::ids::UserId;
use signalbox::store::conn::{Manager, Purpose, Target};
use signalbox::store::people;
use signalbox::store::{self, Options, Store, migrate};
use signalbox::web::api::rate;
use signalbox::web::restoring::Backups;
use signalbox::web::server::{self, Settings};
use signalbox::web::state::State;
use tokio::sync::oneshot;

use super::engine::RecordingEngine;
use super::{Api, Database};

/// A server that is stopped when it is dropped.
pub struct ServerInside {
    pub address: SocketAddr,
    pub engine: Arc<RecordingEngine>,
    pub store: Store,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ServerInside {
    pub fn start(database: &Database) -> Self {
        Self::with_rate(database, rate::DEFAULT)
    }

    /// The same where somebody may export only so many times a minute; elsewhere nobody waits.
    pub fn with_exports(database: &Database, exports_a_minute: usize) -> Self {
        Self::with_limits(database, rate::DEFAULT, exports_a_minute)
    }

    /// The same where a token may ask only so many times a second.
    pub fn with_rate(database: &Database, token_rate: u32) -> Self {
        Self::with_limits(database, token_rate, usize::MAX)
    }

    fn with_limits(database: &Database, token_rate: u32, exports_a_minute: usize) -> Self {
        std::fs::create_dir_all(database.data_dir()).expect("make the data folder");
        let target = Target::parse(&database.url()).expect("a known address");
        let mut conn = Manager { target: target.clone(), purpose: Purpose::Write, unsynchronised: true }.open().expect("open the database");
        migrate::run(&mut conn).expect("bring the schema up");
        let ctx = Ctx::system(SystemClock.now(), "test");
        store::transaction(&mut conn, |conn| instance::prepare(conn, &ctx)).expect("make the workspace");
        drop(conn);
        let store = Store::open(&Options { target: target.clone(), unsynchronised: true }).expect("open the store");
        let engine = Arc::new(RecordingEngine::new(store.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on loopback");
        let address = listener.local_addr().expect("an address");
        let vault = signalbox::app::vault::Vault::new(&[7; 32]);
        let depot = Depot { target, folder: database.data_dir().join("backups"), vault: vault.clone() };
        let state = State {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            vault,
            backups: Arc::new(Backups::new(depot)),
            engine: engine.clone(),
            insecure_http: true,
            allowed_hosts: Arc::default(),
        };
        let settings = Settings { key: [7; 32], origins: Vec::new(), workers: 2, runner: engine.clone(), token_rate, exports_a_minute };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            server::block_on(async move {
                let server = server::start(listener, state, settings).expect("start the server");
                let handle = server.handle();
                let serving = server::spawn(server);
                let _ = stopped.await;
                handle.stop(false).await;
                let _ = serving.await;
            });
        });
        Self { address, engine, store, stop: Some(stop), thread: Some(thread) }
    }

    /// A new person of this role in the whole instance, with a token.
    pub fn api(&self, role: Role) -> Api {
        Api::new(self.address, &self.token(role, None))
    }

    /// The secret of a new person's token, which may do at most `most`.
    pub fn token(&self, role: Role, most: Option<Role>) -> String {
        let made = self.write(move |conn| {
            let ctx = Ctx::system(SystemClock.now(), "test");
            let email = format!("{}@example.test", UserId::generate());
            let new = NewUser { email, name: format!("Test {role}"), password_hash: String::new() };
            let id = app::people::add(conn, &ctx, &new, role)?;
            let user = people::get(conn, id.as_str())?.expect("the person");
            token::create(conn, &ctx, &user, "tests", most, 90)
        });
        made.1
    }

    /// Something in a transaction, behind the server's back.
    pub fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut store::conn::Conn) -> signalbox::app::Result<T> + Send + 'static) -> T {
        super::inside::on_runtime(self.store.write(work)).expect("write")
    }
}

impl Drop for ServerInside {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server ended badly");
        }
        self.store.close();
    }
}
