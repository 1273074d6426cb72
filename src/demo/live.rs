//! Runs that keep coming: now and then one of the flows is started, as its programs and clocks would.

use std::sync::Arc;
use std::time::Duration;

use super::random::Random;
use super::story;
use crate::app::engine::RunEngine;
use crate::app::run::start::{Source, Start, start};
use crate::app::{self, Ctx, flow, workspace};
use crate::domain::access::{Actor, Channel, Grant, Role};
use crate::domain::clock::Clock;
use crate::domain::ids::{TokenId, UserId};
use crate::domain::run::Trigger;
use crate::store::Store;
use crate::store::runs::Run;

/// Between two starts, on the average.
const PAUSE: Duration = Duration::from_millis(2_600);
/// Share of starts in development.
const IN_DEVELOPMENT: f64 = 0.12;

/// Starts runs until the process ends.
pub async fn keep_starting(store: Store, engine: Arc<dyn RunEngine>, clock: Arc<dyn Clock>) {
    let mut random = Random::new(super::SEED).part("live");
    let stories = story::all();
    let all: f64 = stories.iter().map(|story| story.a_day).sum();
    let mut number = 0;
    loop {
        tokio::time::sleep(PAUSE.mul_f64(random.stretch().min(4.0))).await;
        let mut left = random.share() * all;
        let Some(story) = stories.iter().find(|story| {
            left -= story.a_day;
            left < 0.0
        }) else {
            continue;
        };
        number += 1;
        let reference = format!("{}{}", story.reference.0, story.reference.1 + number);
        let input = (story.sample)(&mut random, &reference);
        let environment = if random.chance(IN_DEVELOPMENT) { "development" } else { "production" };
        let worker = engine.reserve();
        let reserved = worker.is_some();
        let now = clock.now();
        let (story, source) = (*story, Source { worker, ..Source::new(Trigger::Api) });
        let started = store.write(move |conn| -> app::Result<Run> {
            let system = Ctx::system(now, format!("demo-{number}"));
            let workspace = workspace::find(conn, &system, "main")?;
            let ctx = if story.by_schedule { system } else { program(conn, system)? };
            let flow = flow::find(conn, &workspace, story.slug)?;
            let environment = workspace::environment(conn, &workspace, environment)?;
            start(conn, &ctx, &flow, &environment, &Start { input, ..Start::default() }, &source)
        });
        match started.await {
            Ok(run) => engine.start(run),
            // What is paused or was rebuilt by whoever tries the demo refuses starts, and should.
            Err(why) => {
                tracing::debug!(flow = story.slug, %why, "a start was refused");
                if reserved {
                    engine.release();
                }
            }
        }
    }
}

/// The shop's program, which comes in with a token of the demo's admin.
fn program(conn: &mut crate::store::conn::Conn, system: Ctx) -> app::Result<Ctx> {
    let Some(user) = crate::store::people::by_email(conn, super::EMAIL)? else { return Ok(system) };
    let token = crate::store::people::tokens_of(conn, &user.id)?.pop();
    let channel = token.map_or(Channel::System, |token| Channel::Token(TokenId::stored(token.id)));
    let grants = vec![Grant { workspace: None, role: Role::Operator }];
    Ok(Ctx { actor: Actor { user: Some(UserId::stored(user.id)), name: user.name, channel, grants }, ..system })
}
