//! # Signalbox
//!
//! A self-hosted console for workflows that change while they run: it versions them, checks them, deploys them, runs
//! them, and goes back. This page is the map of its code.
//!
//! ## The house
//!
//! Imports go one way, and a test (`tests/it/architecture.rs`) keeps it so:
//!
//! ```text
//! cli, web, runner  →  app  →  store  →  domain
//!                         definition stands beside domain
//! ```
//!
//! | module | what it holds | what it must not do |
//! |---|---|---|
//! | [`domain`] | rules as pure functions: who may do what, how routing changes, which version a start uses | I/O, clock, database, web |
//! | [`definition`] | Open Workflow documents: read, checked, hashed, edited, compared, drawn | the same |
//! | [`store`] | both databases behind one connection type; queries, one file per aggregate | know a rule |
//! | [`app`] | use cases: load → authorise → decide → save and write the event, in one transaction | know HTTP |
//! | [`runner`] | the interpreter, what it stands on, and the engine that executes runs | bypass `app` for decisions |
//! | [`web`] | pages and API; handlers read a form, call one use case, fill a page | hold a rule |
//! | [`cli`] | one file per command | |
//!
//! ## A deployment, from click to commit
//!
//! 1. The form goes through [`web::request`], [`web::headers`], the session and [`web::csrf`] to the handler in
//!    `web::routes::deployment`, which reads it strictly and calls one use case.
//! 2. [`web::visitor::Visitor::write`] hands the use case to [`store::Store::write`]. On SQLite that is the one writer
//!    thread, which commits many commands at once; on PostgreSQL a transaction of its own.
//! 3. [`app::deployment::deploy::deploy`] asks [`app::Ctx::allow`], judges the version again, loads the routing row as a
//!    [`app::deployment::Place`], and lets [`domain::deployment::deploy`] decide what would stand.
//! 4. `Place::change` writes the row *if its revision is still the one that was read*, then the event (which takes the
//!    head of the hash chain last), then the deployment record. Whoever was slower gets "stale" with what stands there.
//! 5. The answer leaves after the commit. Nothing is cached, so the next start reads the new row.
//!
//! ## A run, from start to end
//!
//! 1. [`app::run::start::start`] asks the one resolver ([`domain::resolver::resolve`]) which version a start would use,
//!    pins it with the content's hash, and stores the run. The row is its own outbox: `pending`, or already claimed by
//!    this process's worker when it has a free place.
//! 2. [`runner::embedded::Embedded`] executes it. [`runner::interpret`] walks the definition over a
//!    [`runner::durable::DurableCtx`]; everything it may do besides computing goes through that trait.
//! 3. The context journals: one row per step. An effect starts only after its intent is committed, and is acknowledged
//!    only after its result is. A long wait puts the run down; the journal takes it up again.
//! 4. Everything is written through [`runner::sink::RunSink`] and names the run's fence. A worker that was taken for dead
//!    finds that its fence is old, and stops.
//! 5. The end, the last steps, the count for statistics and the caller's wake-up are one transaction.
//!
//! ## A component, from its page to a run
//!
//! 1. [`app::component`] keeps shared things under a name, each change as a revision; [`domain::component`] says when a
//!    content is usable. [`app::component::check`] judges the names in a definition whenever a version is judged.
//! 2. A configuration freezes the revision of each with its deployment, and takes in those made since with the next
//!    deployment of a flow under it ([`app::component::freeze`]): what runs does not change because somebody edits one.
//! 3. When a run that names any is taken up, [`app::component::resolve()`] gives it each one under its replacement in the
//!    environment version it is pinned to, and a redactor that knows the workspace's secrets by value.
//! 4. [`runner::interpret`] uses them in `call` tasks and as `$environment` and `$secrets`. What is journalled passes the
//!    redactor: where it finds a secret, the text is sealed by [`app::vault`], and only its redacted half is ever shown
//!    ([`domain::sealed`]).
//!
//! ## A rollout, from its first share to its end
//!
//! 1. A deployment to less than all new runs is [`app::rollout::begin`]: a candidate beside the primary in the same routing
//!    row, and rows that say how it came there.
//! 2. A start asks the resolver with the rollout's key expression. Without a key the row's counter is raised first, which
//!    holds the row, and the number decides ([`domain::rollout::takes_number`]); with one its bucket does.
//! 3. The transaction that ends a run counts it for its side and share and lets [`app::rollout::guard`] judge. A crossed
//!    limit changes the routing row there and then, so the next start is the first to see it.
//! 4. A worker's round asks [`app::rollout::watch`] which stages are over. Whoever leads on, halts, stops or goes back
//!    holds the routing row and names its revision.
//!
//! ## A push, from the drafts to production and back
//!
//! 1. [`app::release::waiting`] says for each flow what a push would do; [`app::release::push`] does it for what is ticked:
//!    publish, deploy to development, and [`app::release::keep`] the workspace as a manifest ([`domain::release`]) that
//!    names versions and copies no content.
//! 2. [`app::release::sync`] deploys what a manifest names to another environment through the same use case as any
//!    deployment, and carries configuration values that are not *managed here*. One refusal refuses all. Where approvals are
//!    needed it makes proposals, which name the release; [`app::release::settle`] says which release production runs once
//!    they are carried out.
//! 3. Which release is green is not stored: it is the newest one that was synced while production stood as it stands now
//!    ([`domain::release::production_hash`]), so going back makes an earlier one current again.
//! 4. [`app::release::restore`] makes drafts out of a manifest. Publishing one unchanged finds the version it came from.
//!
//! ## A backup, and the way back
//!
//! 1. Somebody asks, or [`app::backup::schedule`] finds one due: a row that waits. A worker's round hands it to
//!    [`app::backup::work`], which has [`store::copy`] copy the database at one instant and [`app::backup::envelope`] pack
//!    it into one sealed file.
//! 2. [`app::backup::compare`] restores that file into a scratch database and compares. Only then it gets its name; what
//!    dies in between leaves a `*.partial` that the next one removes.
//! 3. [`app::backup::restore`] saves the present, restores beside it, brings the schema up and prepares it, and swaps it in
//!    with one rename. By page, `cli::serve` drains, lets [`web::restoring`] answer meanwhile, and serves what came back.
//! 4. [`app::backup::hold`] keeps runs, rollouts and planned changes waiting until an admin lets them go on.
//!
//! ## How to add …
//!
//! * **a query**: a function in the aggregate's file in [`store`], taking `&mut Conn`. Page by key, never by offset.
//! * **a rule**: a pure function in [`domain`] that returns the next state or says why not, with its test beside it.
//! * **a use case**: a function in [`app`] named by its verb; its last act is [`app::Ctx::record`].
//! * **a page**: a struct in `web::pages` with its template, a sample for the template test, a handler in `web::routes`,
//!   a line in the URL table of [`web::server`], and an address in the browser walk (`tests/browser`).
//! * **an API address**: a handler in `web::api` with its `utoipa::path`; the test that compares routes with the document fails until both are there.
//! * **a task of the specification**: its check in `definition::validate`, its execution in `runner::interpret::tasks`, its form in
//!   `web::pages::editor`; take it out of what `validate` calls not executable.
//! * **a table or column**: the same step in `migrations/sqlite` and `migrations/postgres`, and in `store::schema`; a test
//!   compares all three. Released steps never change: widen first, narrow in a later release.
#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod definition;
pub mod demo;
pub mod domain;
pub mod runner;
pub mod store;
pub mod telemetry;
pub mod web;
