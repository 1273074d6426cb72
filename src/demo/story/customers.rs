//! Customers: onboarding, erasure, loyalty, messages.

use serde_json::{Value, json};

use super::Change::{Step, Text};
use super::Fate::{Development, Draft, Production};
use super::Who::{Aiko, Mara, Tomas};
use super::{Story, Version};
use crate::demo::random::Random;

pub(super) const STORIES: &[&Story] = &[&NOTICE, &ONBOARDING, &ERASURE, &LOYALTY];

static NOTICE: Story = Story {
    slug: "customer-notice",
    name: "Customer notice",
    description: "Sends one e-mail to a customer and says how it went. Called by other flows.",
    text: include_str!("../../../examples/customer-notice.yaml"),
    versions: &[
        Version::new(Tomas, 34.0, "One message, one sender", &[], Production(33.8, "Wording lives in one place now")),
        Version::new(
            Tomas,
            33.7,
            "Presents show no prices",
            &[Text { was: "\"letter\"", now: "\"gift\"" }],
            Production(33.6, "Agreed with support"),
        )
        .reference("SHOP-205")
        .label("stable"),
    ],
    events: &[],
    a_day: 0.0,
    reference: ("M-", 1),
    key: "",
    sample: notice,
    faults: &[],
    by_schedule: false,
};

fn notice(_random: &mut Random, reference: &str) -> Value {
    json!({"reference": reference, "to": "lena.vogt@mail.example", "subject": "Hello"})
}

static ONBOARDING: Story = Story {
    slug: "customer-onboarding",
    name: "Customer onboarding",
    description: "Checks a business customer, sets a credit limit and opens the account.",
    text: include_str!("../../../examples/customer-onboarding.yaml"),
    versions: &[
        Version::new(Aiko, 31.5, "Identity, rating, limit, account", &[], Production(30.9, "First version")),
        Version::new(
            Mara,
            25.9,
            "Use the account that somebody has already",
            &[Text { was: "with: { status: 410 }", now: "with: { status: 409 }" }],
            Production(25.0, "Duplicates in the CRM"),
        )
        .reference("RISK-71"),
        Version::new(
            Mara,
            17.8,
            "Five thousand unless they ask for more",
            &[
                Text { was: "default: 3000 }", now: "default: 5000 }" },
                Text { was: "amount: '${ .wanted // 3000 }'", now: "amount: '${ .wanted // 5000 }'" },
            ],
            Production(17.1, "Agreed with the credit insurer"),
        )
        .reference("RISK-79")
        .label("insured"),
        Version::new(
            Aiko,
            9.2,
            "Give the insurer a moment",
            &[Step("settle")],
            Production(8.6, "Accounts were rejected a second too early"),
        )
        .reference("RISK-84"),
        Version::new(
            Mara,
            1.9,
            "Ask the register in Zürich too",
            &[
                Text { was: "https://risk.example/checks", now: "ftp://register.example/checks" },
                Text { was: ".score < 30 then", now: ".score < then" },
            ],
            Draft,
        ),
    ],
    events: &[],
    a_day: 6.0,
    reference: ("A-", 1_402),
    key: ".company",
    sample: application,
    faults: &[("/checks", 500)],
    by_schedule: false,
};

fn application(random: &mut Random, reference: &str) -> Value {
    let company = random.one(&["Hofer & Söhne", "Nordlicht AG", "Tischlerei Brandt", "Café Morgenrot", "Velo Zentral", "Lind Optik"]);
    json!({"application": reference, "company": company, "email": "einkauf@firma.example", "wanted": random.between(2, 21) * 500})
}

static ERASURE: Story = Story {
    slug: "erasure-requests",
    name: "Erasure requests",
    description: "Erases a person from every system, keeps what the law asks for, and files the record.",
    text: include_str!("../../../examples/erasure-requests.yaml"),
    versions: &[
        Version::new(Aiko, 30.2, "Erase from shop and CRM", &[], Production(29.6, "First version")),
        Version::new(
            Aiko,
            28.1,
            "And from the mailing lists",
            &[Text { was: "// [\"shop\", \"crm\"])", now: "// [\"shop\", \"crm\", \"mail\"])" }],
            Production(27.5, "Found by the data protection officer"),
        )
        .reference("PRIV-3"),
        Version::new(Aiko, 20.7, "File the record", &[Step("record")], Production(20.1, "Ready for the audit"))
            .reference("PRIV-5")
            .label("audited"),
    ],
    events: &[],
    a_day: 2.0,
    reference: ("E-", 204),
    key: "",
    sample: erasure,
    faults: &[],
    by_schedule: false,
};

fn erasure(random: &mut Random, reference: &str) -> Value {
    json!({"request": reference, "customer": format!("K{}", random.between(10_000, 99_999))})
}

static LOYALTY: Story = Story {
    slug: "loyalty-points",
    name: "Loyalty points",
    description: "Works out points for an order and books them to the customer's card.",
    text: include_str!("../../../examples/loyalty-points.yaml"),
    versions: &[
        Version::new(Tomas, 7.4, "One point a euro", &[], Development),
        Version::new(Tomas, 2.8, "Twice the points in the first month", &[Step("welcome")], Development).reference("GROW-2"),
        Version::new(Tomas, 0.3, "Three times the points", &[Text { was: "(.points * 2)", now: "(.points * 3)" }], Draft),
    ],
    events: &[],
    a_day: 0.0,
    reference: ("L-", 17),
    key: "",
    sample: booking,
    faults: &[],
    by_schedule: false,
};

fn booking(random: &mut Random, reference: &str) -> Value {
    json!({"booking": reference, "customer": format!("K{}", random.between(10_000, 99_999)), "total": random.between(990, 24_000) as f64 / 100.0, "memberDays": random.between(1, 400)})
}
