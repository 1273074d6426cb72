//! What each service says. The reference in a call decides about prices, counts and scores.

use std::time::Duration;

use serde_json::{Value, json};

use super::Request;

/// First labels of the hosts that the demo's definitions call, each below `.example`.
pub const HOSTS: &[&str] = &["risk", "warehouse", "payments", "carriers", "ledger", "suppliers", "mail", "crm", "shop", "files"];

/// How long a path takes on a usual day.
pub(super) fn usual(path: &str) -> Duration {
    Duration::from_millis(match path.split('/').nth(1).unwrap_or_default() {
        "scores" | "checks" => 240,
        "captures" | "refunds" => 410,
        "bookings" | "offers" => 330,
        "prices" | "files" => 520,
        "messages" => 90,
        _ => 120,
    })
}

/// How often a path answers 503.
pub(super) fn outages(path: &str) -> f64 {
    match path.split('/').nth(1).unwrap_or_default() {
        "captures" => 0.05,
        "bookings" => 0.14,
        "messages" => 0.02,
        _ => 0.004,
    }
}

/// The answer to a call: status and body.
pub(super) fn answer(request: &Request) -> (u16, Value) {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let asked = |name: &str| {
        let in_query = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        in_query.or_else(|| body.get(name).and_then(Value::as_str).map(str::to_owned)).unwrap_or_default()
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    let reference = Some(asked("reference")).filter(|text| !text.is_empty()).unwrap_or_else(|| last.to_owned());
    let n = number(&reference);
    let id = |kind: &str| format!("{kind}-{:06}", (n.wrapping_mul(7919) + number(&request.body)) % 1_000_000);
    match (request.method.as_str(), path.split('/').nth(1).unwrap_or_default()) {
        ("POST", "scores") => (200, json!({"score": n % 74, "model": "v3"})),
        ("POST", "checks") => (200, json!({"result": if n.is_multiple_of(11) { "refer" } else { "clear" }, "register": "HRB"})),
        ("POST", "reservations") => (201, json!({"reservation": id("RSV"), "site": "leipzig"})),
        ("POST", "receipts") => (201, json!({"receipt": id("RCP")})),
        ("POST", "labels") => (201, json!({"label": id("LBL"), "pages": 1})),
        ("GET", "counts") => (200, json!({"counts": counts(n)})),
        ("POST", "captures") => (201, json!({"capture": id("CAP"), "state": "captured"})),
        ("POST", "refunds") => (201, json!({"refund": id("RFD"), "state": "on its way"})),
        ("GET", "offers") => (200, json!({"offers": offers(n)})),
        ("POST", "bookings") => {
            let carrier = Some(asked("carrier")).filter(|text| !text.is_empty()).unwrap_or_else(|| "Gelbpost".to_owned());
            (201, json!({"tracking": id("TRK"), "carrier": carrier}))
        }
        ("GET", "rates") => (200, json!({"currency": asked("currency"), "rate": if asked("currency") == "CHF" { 1.04 } else { 0.089 }})),
        ("POST", "entries") => (201, json!({"entry": id("ENT")})),
        ("GET", "entries") => (200, json!({"entries": entries(n)})),
        ("GET", "invoices") => (200, json!({"invoice": last, "paid": n.is_multiple_of(3), "amount": 40 + n % 400})),
        ("GET", "prices") => (200, json!({"lines": prices(n)})),
        ("PUT", "prices") => (200, json!({"accepted": body.get("prices").and_then(Value::as_array).map_or(0, Vec::len)})),
        ("PUT", "stock") => (200, json!({"sku": asked("sku"), "count": body.get("count")})),
        ("POST", "files") => (201, json!({"file": id("FIL"), "bytes": request.body.len()})),
        ("POST", "messages") => (201, json!({"message": id("MSG"), "queued": true})),
        ("POST", "accounts") if n.is_multiple_of(13) => (409, json!({"title": "Account exists", "status": 409})),
        ("POST", "accounts") => (201, json!({"account": id("ACC")})),
        ("POST", "points") => (201, json!({"balance": 120 + n % 900})),
        ("DELETE", "persons") if path_is_kept(&request.target, n) => (451, json!({"title": "Kept for ten years", "status": 451})),
        ("DELETE", "persons") => (200, json!({"erased": true})),
        _ => (404, json!({"title": "No such service", "status": 404})),
    }
}

/// Some persons have invoices, which have to stay.
fn path_is_kept(target: &str, n: u64) -> bool {
    n.is_multiple_of(3) && target.len().is_multiple_of(2)
}

fn number(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| text.bytes().fold(17, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte)))
}

fn counts(n: u64) -> Vec<Value> {
    let row = |i: u64| json!({"sku": format!("SKU-{}", 100 + (n + i * 37) % 60), "counted": 20 + (n * 3 + i * 11) % 50, "sold": 20 + (n * 3 + i * 11) % 50 + u64::from((n + i).is_multiple_of(4))});
    (0..8).map(row).collect()
}

fn offers(n: u64) -> Vec<Value> {
    let offer = |(i, carrier): (usize, &str)| json!({"carrier": carrier, "price": 4.2 + ((n + i as u64 * 7) % 40) as f64 / 10.0, "days": 1 + (n + i as u64 * 3) % 4});
    ["Gelbpost", "Nordkurier", "Alpenfracht"].into_iter().enumerate().map(offer).collect()
}

fn entries(n: u64) -> Vec<Value> {
    let row = |i: u64| {
        let amount = 100 + (n * 13 + i * 29) % 900;
        json!([{"account": "4400", "debit": amount, "credit": 0}, {"account": "1200", "debit": 0, "credit": amount}])
    };
    (0..6).map(row).flat_map(|pair| pair.as_array().cloned().unwrap_or_default()).collect()
}

fn prices(n: u64) -> Vec<Value> {
    (0..7).map(|i| json!({"sku": format!("SKU-{}", 100 + i * 7), "price": 3.0 + ((n + i * 17) % 90) as f64 / 4.0})).collect()
}
