//! What the server counts of itself, in the text format of Prometheus.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::health::Runner;
use crate::store::Store;

/// Upper ends of the buckets of request durations, in seconds.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

/// The server's counters; one for all worker threads.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
}

impl Metrics {
    /// Counters of requests, with what store and runner say of themselves when asked.
    pub fn new(store: Store, runner: Arc<dyn Runner>) -> Self {
        let mut registry = Registry::with_prefix("signalbox");
        let requests = Family::<Answered, Counter>::default();
        let durations = Family::<Route, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("http_requests", "Requests answered, by route and status", requests.clone());
        registry.register("http_request_duration_seconds", "Time from a request to the head of its answer", durations.clone());
        registry.register_collector(Box::new(Asked { store, runner }));
        Self { registry, requests, durations }
    }

    /// Counts an answered request.
    pub fn answered(&self, method: &str, route: &str, status: u16, seconds: f64) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.requests.get_or_create(&Answered { method: method.clone(), route: route.clone(), status }).inc();
        self.durations.get_or_create(&Route { method, route }).observe(seconds);
    }

    /// Everything, as Prometheus reads it.
    ///
    /// # Errors
    /// The text cannot be written, which is a fault of ours.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Figures that are looked up when Prometheus asks, not counted here.
struct Asked {
    store: Store,
    runner: Arc<dyn Runner>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counts = self.runner.counts();
        let queue = ConstGauge::new(number(self.store.waiting_writes()));
        queue.encode(encoder.encode_descriptor("writer_queue", "Writes that wait for the database", None, queue.metric_type())?)?;
        let active = ConstGauge::new(number(counts.active));
        active.encode(encoder.encode_descriptor(
            "runs_active",
            "Runs that this process executes at the moment",
            None,
            active.metric_type(),
        )?)?;
        let started = ConstCounter::new(counts.started);
        started.encode(encoder.encode_descriptor(
            "runs_started",
            "Runs that this process took up for the first time",
            None,
            started.metric_type(),
        )?)?;
        let mut ended = encoder.encode_descriptor("runs_ended", "Runs that ended in this process, by state", None, MetricType::Counter)?;
        for (state, count) in counts.ended {
            ConstCounter::new(count).encode(ended.encode_family(&[("state", state.as_str())])?)?;
        }
        Ok(())
    }
}

/// The middleware; it stands outermost and counts what the others answered. Addresses are counted by their route, so
/// that nobody can make the list of them long.
///
/// # Errors
/// Those of the handlers.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let (method, start) = (known(request.method().as_str()), Instant::now());
    // Asked before the request is handed on: a refusal by a middleware has no route any more.
    let route = request.match_pattern();
    let answered = next.call(request).await;
    if let Some(metrics) = metrics {
        let (route, status) = match &answered {
            Ok(answer) => (answer.request().match_pattern().or(route), answer.status()),
            Err(error) => (route, error.as_response_error().status_code()),
        };
        metrics.answered(method, route.as_deref().unwrap_or("none"), status.as_u16(), start.elapsed().as_secs_f64());
    }
    answered
}

/// Methods are made up by callers; unknown ones are counted together.
fn known(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"].into_iter().find(|known| *known == method).unwrap_or("other")
}

/// `GET /metrics`.
pub async fn show(metrics: web::Data<Metrics>) -> HttpResponse {
    match metrics.text() {
        Ok(text) => HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
