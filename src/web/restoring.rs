//! Going back to a backup while the server runs: the order, and what answers in between (PRODUCT §10.2).

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{get, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer, web};
use askama::Template;
use serde_json::json;
use tokio::sync::{Notify, oneshot};

use super::headers::{self, Transport};
use super::layout::{Bare, Theme};
use super::time::{TimeStyle, TimeView};
use super::{api, assets, filters};
use crate::app::Ctx;
use crate::app::backup::Depot;
use crate::domain::backup::Stage;
use crate::domain::clock::Micros;

/// Where backups of this instance are, and the order to go back to one.
pub struct Backups {
    /// Where they are.
    pub depot: Depot,
    order: Mutex<Option<Order>>,
    /// The instant of the backup that was ordered, from then on.
    leaving: OnceLock<Micros>,
    rang: Notify,
}

/// What an admin confirmed.
#[derive(Debug, Clone)]
pub struct Order {
    /// The file.
    pub path: PathBuf,
    /// The instant it shows.
    pub made_at: Micros,
    /// Who, when, in which request.
    pub ctx: Ctx,
}

impl Backups {
    /// Without an order.
    pub fn new(depot: Depot) -> Self {
        Self { depot, order: Mutex::default(), leaving: OnceLock::new(), rang: Notify::new() }
    }

    /// Leaves an order; the first one counts.
    pub fn order(&self, order: Order) {
        let _ = self.leaving.set(order.made_at);
        self.order.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(order);
        self.rang.notify_one();
    }

    /// The page for a browser that waits, once an order was left.
    pub fn leaving(&self) -> Option<HttpResponse> {
        self.leaving.get().map(|made_at| page(HttpResponse::Ok(), &Saying::new(*made_at)))
    }

    /// Waits for an order.
    pub async fn ordered(&self) -> Order {
        loop {
            let rang = self.rang.notified();
            if let Some(order) = self.order.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return order;
            }
            rang.await;
        }
    }
}

/// What is said while the server is away.
#[derive(Debug)]
pub struct Saying {
    made_at: Micros,
    step: Mutex<(Stage, Option<i64>, bool)>,
}

impl Saying {
    /// About a backup of this instant.
    pub fn new(made_at: Micros) -> Self {
        Self { made_at, step: Mutex::new((Stage::None, None, false)) }
    }

    /// How far it is; a dump is the safety backup's, and so is everything until the next restore.
    pub fn step(&self, stage: Stage, percent: Option<i64>) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let saving = match stage {
            Stage::Dump | Stage::Pack => true,
            // The safety backup is compared, too, before the chosen one is unpacked.
            Stage::Restore => step.2 && step.0 != Stage::Compare,
            _ => step.2,
        };
        *step = (stage, percent, saving);
    }

    fn words(&self) -> String {
        let (stage, percent, saving) = *self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let what = match (stage, saving) {
            (Stage::None, _) => "Runs in flight are coming to rest",
            (Stage::Dump | Stage::Pack, _) => "The present state is being backed up",
            (Stage::Restore | Stage::Compare, true) => "The backup of the present state is being verified",
            (Stage::Restore, false) => "The backup is being unpacked",
            (Stage::Compare, false) => "The restored database is being compared",
        };
        percent.map_or_else(|| format!("{what}."), |percent| format!("{what}: {percent} %."))
    }
}

#[derive(Template)]
#[template(path = "pages/backup/restoring.html")]
pub(super) struct RestoringPage {
    pub layout: Bare,
    pub made_at: TimeView,
    pub step: String,
}

/// Answers every address with how far the restore is, until it is dropped.
pub struct Waiting {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Starts answering on an address that is bound already.
    ///
    /// # Errors
    /// The operating system refuses the thread.
    pub fn start(listener: TcpListener, saying: Arc<Saying>, secure: bool) -> std::io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("signalbox-waiting".into()).spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let saying: web::Data<Saying> = web::Data::from(saying);
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(saying.clone())
                        .app_data(web::Data::new(Transport { secure }))
                        .route("/static/{name}", get().to(assets::serve))
                        .route("/health/live", get().to(|| async { HttpResponse::Ok().json(json!({"status": "live"})) }))
                        .default_service(to(answer))
                        .wrap(from_fn(headers::middleware))
                });
                let server = match server.workers(1).disable_signals().shutdown_timeout(2).listen(listener) {
                    Ok(server) => server.run(),
                    Err(error) => return tracing::warn!(%error, "nothing answers while the instance is restored"),
                };
                let handle = server.handle();
                let serving = actix_web::rt::spawn(server);
                let _ = stopped.await;
                handle.stop(true).await;
                let _ = serving.await;
            });
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(request: HttpRequest, saying: web::Data<Saying>) -> HttpResponse {
    let mut answer = HttpResponse::ServiceUnavailable();
    // A kept-alive connection would come back to this server after the other one has taken over.
    answer.insert_header((header::RETRY_AFTER, "2")).force_close();
    if request.path().starts_with(api::ROOT) {
        let problem = json!({"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "restoring",
            "detail": "The instance is being restored from a backup. Try again in a moment."});
        return answer.content_type("application/problem+json").body(problem.to_string());
    }
    if request.path().starts_with("/health/") {
        return answer.json(json!({"status": "not_ready", "problems": ["the instance is being restored from a backup"]}));
    }
    page(answer, &saying)
}

fn page(mut answer: HttpResponseBuilder, saying: &Saying) -> HttpResponse {
    let layout = Bare::new("Restoring", Theme::System);
    let made_at = TimeView::styled(saying.made_at.0, saying.made_at.0, TimeStyle::Full);
    match (RestoringPage { layout, made_at, step: saying.words() }).render() {
        Ok(body) => answer.content_type("text/html; charset=utf-8").body(body),
        Err(_) => answer.finish(),
    }
}
