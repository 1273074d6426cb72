//! The back office: ledger, invoices, and an idea that came to nothing.

use serde_json::{Value, json};

use super::Change::{Step, Text};
use super::Event::{DeleteFlow, RollBack};
use super::Fate::{Draft, Production};
use super::Who::{Aiko, Dele, Mara};
use super::{Story, Version};
use crate::demo::random::Random;

pub(super) const STORIES: &[&Story] = &[&LEDGER_EXPORT, &REMINDERS, &FAX];

static LEDGER_EXPORT: Story = Story {
    slug: "ledger-export",
    name: "Nightly ledger export",
    description: "Collects the day's ledger entries, checks that they balance and files them for the accountants.",
    text: include_str!("../../../examples/ledger-export.yaml"),
    versions: &[
        Version::new(Mara, 32.0, "Collect and file", &[], Production(31.4, "First version")),
        Version::new(
            Mara,
            26.0,
            "Refuse days that do not balance",
            &[Step("balanced"), Step("unbalanced")],
            Production(25.6, "The accountants sent one back"),
        )
        .reference("FIN-17"),
        Version::new(
            Aiko,
            13.9,
            "Account, debit and credit only",
            &[Text { was: "[.account, .debit, .credit, \"EUR\"]", now: "[.account, .debit, .credit]" }],
            Production(13.2, "As the accountants' new program wants it"),
        )
        .reference("FIN-21")
        .label("new-format")
        .failing(0.0),
        Version::new(
            Aiko,
            7.7,
            "Say how many entries there are",
            &[Text { was: "", now: " entries: ($input.entries | length)," }],
            Production(7.1, "Asked for by the auditors"),
        )
        .reference("FIN-24")
        .failing(0.5),
    ],
    events: &[(4.9, Dele, RollBack("The accountants' program refuses the file since this version."))],
    a_day: 2.0,
    reference: ("X-", 88),
    key: "",
    sample: export,
    faults: &[("/files", 422)],
    by_schedule: true,
};

fn export(random: &mut Random, reference: &str) -> Value {
    json!({"export": reference, "day": format!("2026-10-{:02}", random.between(1, 29))})
}

static REMINDERS: Story = Story {
    slug: "invoice-reminders",
    name: "Invoice reminders",
    description: "Waits until an invoice is due, looks whether it was paid, and sends a friendly reminder if not.",
    text: include_str!("../../../examples/invoice-reminders.yaml"),
    versions: &[
        Version::new(Mara, 24.5, "Remind everybody", &[], Production(23.9, "First version")),
        Version::new(
            Mara,
            18.6,
            "Look before reminding",
            &[Text { was: "if: 'true'", now: "if: .paid | not" }],
            Production(18.0, "Customers who had paid were annoyed"),
        )
        .reference("FIN-19")
        .label("polite"),
    ],
    events: &[],
    a_day: 5.0,
    reference: ("N-", 6_402),
    key: "",
    sample: invoice,
    faults: &[],
    by_schedule: false,
};

fn invoice(random: &mut Random, reference: &str) -> Value {
    json!({"invoice": reference, "email": random.one(&["buchhaltung@firma.example", "office@nordlicht.example", "hallo@morgenrot.example"])})
}

static FAX: Story = Story {
    slug: "fax-confirmations",
    name: "Fax confirmations",
    description: "An idea: confirm orders by fax.",
    text: "document: { dsl: '1.0.3', namespace: shop, name: fax-confirmations, version: '0.1.0' }\ndo:\n  - fax:\n      set: { to: '${ .number }', page: 1 }\n",
    versions: &[Version::new(Aiko, 12.6, "", &[], Draft)],
    events: &[(12.1, Aiko, DeleteFlow)],
    a_day: 0.0,
    reference: ("F-", 1),
    key: "",
    sample: fax,
    faults: &[],
    by_schedule: false,
};

fn fax(_random: &mut Random, _reference: &str) -> Value {
    json!({"number": "+49 30 1234"})
}
