//! Sign-in, set-up, account, histories, people, bin, search and faults.

use askama::Template;

use super::shared::*;
use crate::domain::vocabulary::Vocabulary;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::event::{EventView, by_day};
use crate::web::components::field::Field;
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::plate::{Plate, Sync};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::error::{ErrorPage, ErrorView};
use crate::web::form::FieldErrors;
use crate::web::highlight::Listing;
use crate::web::layout::{Layout, Place};
use crate::web::pages::account::{self, AccountPage, SessionItem, TokenItem};
use crate::web::pages::bin::{BinEntryPage, BinItem, BinPage};
use crate::web::pages::history::{AsOfForm, HistoryPage};
use crate::web::pages::people::{self, PeoplePage, PersonRow};
use crate::web::pages::search::SearchPage;
use crate::web::pages::session::{SetUpPage, SignInPage};
use crate::web::pages::workspace::{WorkspaceSettingsPage, states};

pub fn all() -> Vec<(&'static str, String)> {
    let no = FieldErrors::new();
    vec![
        ("sign-in", sign_in(None)),
        ("sign-in-refused", sign_in(Some("E-mail or password is wrong."))),
        (
            "set-up",
            SetUpPage::new(
                bare("Set up"),
                "abc".into(),
                "Aiko",
                "aiko@example.org",
                &FieldErrors::one("password", "Choose a longer one: 12 characters at least."),
            )
            .render()
            .unwrap(),
        ),
        ("account", account(None)),
        ("account-secret", account(Some(("build server".into(), "sbx_example_not_a_real_secret_4f7Q".into())))),
        ("bin-entry", bin_entry(&no)),
        ("bin-entry-refused", bin_entry(&FieldErrors::one("name", "Choose another address."))),
        ("history", history(true)),
        ("history-empty", history(false)),
        ("people", people_list()),
        ("workspace-settings", workspace_settings()),
        ("people-add", dialog(people::add("", "", "viewer", roles(), &csrf(), &no))),
        ("people-disable", dialog(people::disable("usr_1", "Dele Okafor", 2, 1, &csrf()))),
        ("bin", bin(true)),
        ("bin-empty", bin(false)),
        ("search", search(true)),
        ("search-none", search(false)),
        (
            "error",
            ErrorPage {
                layout: bare("Error"),
                error: ErrorView {
                    status: 500,
                    title: "Something broke on the server".into(),
                    text: "Your last action may not have been carried out. Look at what stands now before you repeat it.".into(),
                    ways: vec![(String::new(), "Try again".into()), ("/".into(), "Dashboard".into())],
                    reference: "req_01k97j02".into(),
                },
            }
            .render()
            .unwrap(),
        ),
    ]
}

fn roles() -> Vec<(String, String)> {
    [("viewer", "Viewer"), ("editor", "Editor"), ("operator", "Operator"), ("admin", "Administrator")]
        .map(|(v, w)| (v.to_owned(), w.to_owned()))
        .to_vec()
}

fn sign_in(refused: Option<&str>) -> String {
    SignInPage {
        layout: bare("Sign in"),
        host: "signalbox.example".into(),
        email: "aiko@example.org".into(),
        next: "/w/main".into(),
        refused: refused.map(Into::into),
        notice: refused.is_none().then(|| Banner::new(Kind::Ok, "You are signed out.", "")),
        version: "0.1.0",
    }
    .render()
    .unwrap()
}

fn account(secret: Option<(String, String)>) -> String {
    let no = FieldErrors::new();
    let session = |id: &str, agent: &str, here| SessionItem {
        id: id.into(),
        agent: agent.into(),
        address: "192.0.2.7".into(),
        since: ago(300),
        seen: ago(2),
        here,
    };
    AccountPage {
        layout: layout("Your account", Place::Elsewhere),
        email: "aiko@example.org".into(),
        role_says: "does everything and manages people",
        name: vec![Field::line("own_name", "Your name").value("Aiko Tanaka")],
        password: account::password_fields(&no),
        summary: None,
        sessions: vec![session("a1", "Firefox on Linux", true), session("b2", "Safari on iPhone", false)],
        tokens: vec![TokenItem {
            id: "tok_1".into(),
            name: "build server".into(),
            hint: "sbx_…4f7Q".into(),
            role: "Operator".into(),
            used: None,
            expires: Some(ago(-80 * DAY)),
            status: StatusView::active(),
            live: true,
        }],
        new_token: account::token_fields("", roles(), &no),
        secret,
    }
    .render()
    .unwrap()
}

fn history(some: bool) -> String {
    let event = |minutes: i64, icon, kind, says: Rich, quote: Option<&str>| EventView {
        at: ago(minutes).at,
        icon,
        kind,
        says,
        quote: quote.map(Into::into),
        links: vec![("/w/main/flows/order-intake/environments/production/rollback".into(), "Roll back".into())],
    };
    let events = vec![
        event(
            12,
            "deploy",
            "ok",
            Rich::new()
                .strong("Aiko Tanaka")
                .text(" deployed ")
                .link("/w/main/flows/order-intake", "Order intake")
                .text(" ")
                .plate(&Plate::new(17, Sync::Earlier))
                .text(" to Production."),
            Some("Fraud score v3, CHG-2288"),
        ),
        event(90, "key", "", Rich::new().strong("Mara Lindqvist").text(" made the token ").strong("build server").text("."), None),
        event(DAY, "x-circle", "bad", Rich::new().strong("Dele Okafor").text(" rolled back Order intake."), Some("Zero prices <b>")),
    ];
    let pick = |name: &str, label: &str| Field::choice(name, label, vec![(String::new(), "All".into())]);
    HistoryPage {
        layout: layout("History", Place::History),
        heading: "History".into(),
        base: "/w/main/history".into(),
        crumbs: None,
        tabs: None,
        exports: vec![("Export CSV".into(), "/w/main/history/export.csv".into())],
        seen: if some { vec![("Aiko Tanaka".into(), ago(60))] } else { Vec::new() },
        as_of: Some(AsOfForm { action: "/w/main".into(), value: "2026-11-19T14:32".into() }),
        filters: vec![pick("flow", "Flow"), pick("who", "Who"), pick("what", "What")],
        filtered: !some,
        days: if some { by_day(events, NOW) } else { Vec::new() },
        pager: Pager { summary: "3 events.".into(), newer: None, older: Some(("Older events".into(), "/w/main/history?before=3".into())) },
    }
    .render()
    .unwrap()
}

fn workspace_settings() -> String {
    let layout = Layout { words: Vocabulary::AwsPaas, ..layout("Settings of Main", Place::Elsewhere) };
    let page = WorkspaceSettingsPage {
        crumbs: crumbs("Settings"),
        may_admin: true,
        may_create: true,
        expect: 1,
        fields: vec![Field::line("name", "Name").value("Main")],
        summary: None,
        states: states(),
        facts: vec![("Address".into(), Rich::new().code("/w/main"))],
        layout,
    };
    page.render().unwrap()
}

fn people_list() -> String {
    let person = |id: &str, name: &str, role: usize, you: bool, active: bool| PersonRow {
        id: id.into(),
        name: name.into(),
        email: format!("{id}@example.org"),
        role: roles()[role].0.clone(),
        role_words: roles()[role].1.clone(),
        seen: you.then(|| ago(1)),
        status: if active { StatusView::active() } else { StatusView::disabled() },
        you,
        active,
    };
    PeoplePage {
        layout: layout("People", Place::People),
        people: vec![
            person("aiko", "Aiko Tanaka", 3, true, true),
            person("dele", "Dele Okafor", 2, false, true),
            person("jonas", "Jonas Weber", 0, false, false),
        ],
        roles: roles(),
    }
    .render()
    .unwrap()
}

fn bin(some: bool) -> String {
    let item = BinItem {
        may: true,
        id: "wflv_1".into(),
        name: Rich::new().text("Order intake ").plate(&Plate::new(14, Sync::Never)),
        kind: "Version",
        by: "Aiko Tanaka".into(),
        at: day(2 * DAY),
        reason: "A trial that is over".into(),
        until: day(-28 * DAY),
    };
    let kinds =
        Segments { label: "Kind of thing".into(), choices: vec![Choice::new("?", "All", true), Choice::new("?kind=flow", "Flows", false)] };
    BinPage {
        layout: layout("Bin", Place::Bin),
        kinds,
        kind: String::new(),
        find: String::new(),
        items: if some { vec![item] } else { vec![] },
        pager: Pager::default(),
    }
    .render()
    .unwrap()
}

fn bin_entry(errors: &FieldErrors) -> String {
    let item = BinItem {
        may: true,
        id: "wfl_1".into(),
        name: Rich::new().strong("Order intake").dim(" order-intake"),
        kind: "Flow",
        by: "Aiko Tanaka".into(),
        at: day(2 * DAY),
        reason: "Replaced by <another>".into(),
        until: day(-28 * DAY),
    };
    BinEntryPage {
        layout: layout("Order intake", Place::Bin),
        crumbs: crumbs("Order intake"),
        item,
        refused: (!errors.is_empty()).then(|| Banner::new(Kind::Bad, "Nothing was brought back.", "The address is taken.")),
        name: Some(Field::line("name", "Address").value("order-intake").check_in(errors)),
        history: Some("/w/main/flows/wfl_1/history".into()),
        facts: vec![("Address".into(), "order-intake".into()), ("Versions".into(), "v2, v1".into())],
        definition: Some(Listing::new("Definition", "do:\n  - a: {set: {x: 1}}\n", &[])),
        held: Some(Listing::new("What it held", "{}", &[]).with_id("held")),
        purge: Some((Field::line("confirm", "Type the name"), Field::line("reason", "Reason"))),
    }
    .render()
    .unwrap()
}

fn search(some: bool) -> String {
    let hits = if some {
        vec![Rich::new().link("/w/main/flows/order-intake", "Order intake").text(" ").dim("flow, 19 versions")]
    } else {
        Vec::new()
    };
    SearchPage {
        layout: Layout { query: "order \"x\"".into(), ..layout("Search", Place::Elsewhere) },
        groups: vec![("Flows", hits), ("Runs", Vec::new())],
    }
    .render()
    .unwrap()
}
