//! Pages of the editor, of runs, histories, the bin, search, people and the account, as a person without script
//! uses them.

mod account;
mod components;
mod editor;
mod imports;
mod lists;
mod past;
mod people;
mod runs;
mod starts;
mod two_editors;
mod workspaces;

use serde_json::{Value, json};

use crate::support::flows::order_intake;
use crate::support::http::Response;
use crate::support::visitor::unescaped;
use crate::support::{Api, Database, Server, Service, Visitor};

const FLOW: &str = "/w/main/flows/order-intake";
const EDIT: &str = "/w/main/flows/order-intake/versions/1/edit";

/// A server with an admin, signed in, and a service that its flows call.
struct Office {
    server: Server,
    service: Service,
    api: Api,
    admin: Visitor,
    /// Kept while the server needs it, and dropped last.
    database: Option<Database>,
}

impl Office {
    fn open() -> Self {
        let database = Database::sqlite();
        let mut office = Self::on(&database);
        office.database = Some(database);
        office
    }

    fn on(database: &Database) -> Self {
        let service = Service::start();
        service.answer_json("/price", json!({"unit": 4}));
        let server = Server::start_with_egress(database, &[service.egress()]);
        let admin = server.visitor("admin");
        let api = server.api_of("admin@example.test");
        Self { server, service, api, admin, database: None }
    }

    /// With the flow order-intake as a draft.
    fn with_draft() -> Self {
        let office = Self::open();
        office.create("order-intake", "Order intake", &order_intake(&office.service.egress(), "first"));
        office
    }

    /// With order-intake published and live in production.
    fn with_live_flow() -> Self {
        let office = Self::with_draft();
        office.go_live();
        office
    }

    /// Publishes order-intake and deploys it to production.
    fn go_live(&self) {
        let office = self;
        office
            .api
            .post("/main/flows/order-intake/versions/1/publication", &json!({"note": "First cut", "reference": "T-77", "label": "first"}))
            .ok();
        let wish = json!({"version": 1, "comment": "as agreed"});
        office.api.post("/main/environments/production/flows/order-intake/deployments", &wish).ok();
    }

    fn create(&self, slug: &str, name: &str, definition: &str) {
        let new = json!({"slug": slug, "name": name, "definition": definition});
        self.api.post("/main/flows", &new).expect(201);
    }

    /// A run in production that has ended; its id.
    fn run(&self) -> String {
        let run = self.api.post("/main/environments/production/flows/order-intake/runs?wait=10", &json!({"input": {"items": 3}})).ok();
        run["id"].as_str().expect("an id").to_owned()
    }

    fn version(&self, number: u32) -> Value {
        self.api.get(&format!("/main/flows/order-intake/versions/{number}")).ok()
    }
}

/// The text of a page without its markup, spaces put together.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    let plain = unescaped(&out);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(html: &str, wanted: &str) {
    let words = words(html);
    assert!(words.contains(wanted), "“{wanted}” is not on the page:\n{words}");
}

/// Panics unless it leads on with 303; gives where to.
#[track_caller]
fn leads_to(answer: &Response) -> String {
    assert_eq!(answer.status, 303, "answered: {}", words(&answer.text()));
    answer.header("location").expect("a location").to_owned()
}
