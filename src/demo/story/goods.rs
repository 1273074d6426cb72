//! Goods: carriers, stock, supplier prices.

use serde_json::{Value, json};

use super::Change::Text;
use super::Event::{Delete, Pause};
use super::Fate::{Development, Draft, Production};
use super::Who::{Aiko, Dele, Mara, Tomas};
use super::{Story, Version};
use crate::demo::random::Random;

pub(super) const STORIES: &[&Story] = &[&CARRIER_BOOKING, &STOCK_SYNC, &PRICE_IMPORT];

static CARRIER_BOOKING: Story = Story {
    slug: "carrier-booking",
    name: "Carrier booking",
    description: "Asks carriers for offers, takes the cheapest that is in time, books it and prints the label.",
    text: include_str!("../../../examples/carrier-booking.yaml"),
    versions: &[
        Version::new(Mara, 32.6, "Book the cheapest offer", &[], Production(32.2, "Replaces the carrier's own portal")),
        Version::new(
            Mara,
            26.8,
            "Only offers that are in time",
            &[Text { was: "select(.days <= 10)", now: "select(.days <= ($days // 5))" }],
            Production(26.1, "Too many late parcels"),
        )
        .reference("LOG-41"),
        Version::new(Tomas, 20.2, "Labels in A6", &[Text { was: "format: A5", now: "format: A6" }], Production(19.9, "The new printers"))
            .reference("LOG-44"),
        Version::new(
            Mara,
            10.7,
            "Retry a busy carrier up to four times",
            &[Text { was: "attempt: { count: 2 }", now: "attempt: { count: 4 }" }],
            Production(9.9, "Tours are re-planned at noon"),
        )
        .reference("LOG-52")
        .label("patient")
        .failing(0.02),
        Version::new(
            Mara,
            3.2,
            "Longer pauses between tries",
            &[Text { was: "backoff: { linear: {} }", now: "backoff: { exponential: {} }" }],
            Production(2.6, "Fewer calls while carriers re-plan"),
        )
        .reference("LOG-55")
        .failing(0.03),
        Version::new(Mara, 0.9, "Heavier parcels", &[Text { was: "maximum: 70", now: "maximum: 120" }], Draft),
    ],
    events: &[],
    a_day: 26.0,
    reference: ("S-", 20_774),
    key: "",
    sample: shipment,
    faults: &[("/bookings", 503), ("/bookings", 503), ("/offers", 500), ("/labels", 500)],
    by_schedule: false,
};

fn shipment(random: &mut Random, reference: &str) -> Value {
    json!({"shipment": reference, "country": random.one(&["DE", "AT", "CH", "NL", "SE"]), "kilograms": random.between(3, 280) as f64 / 10.0, "days": random.between(2, 6)})
}

static STOCK_SYNC: Story = Story {
    slug: "stock-sync",
    name: "Stock sync",
    description: "Reads counts from the warehouse and corrects the shop where they differ by more than the tolerance.",
    text: include_str!("../../../examples/stock-sync.yaml"),
    versions: &[
        Version::new(Tomas, 33.0, "Compare and correct", &[], Production(32.4, "First version")),
        Version::new(
            Tomas,
            25.5,
            "At the most twenty corrections a batch",
            &[Text { was: "while: .corrected < 200", now: "while: .corrected < 20" }],
            Production(25.2, "After the broken count of Tuesday"),
        )
        .reference("LOG-38")
        .failing(0.004),
        Version::new(
            Mara,
            18.1,
            "Trial: count Malmö too",
            &[Text { was: "enum: [leipzig, graz]", now: "enum: [leipzig, graz, malmo]" }],
            Development,
        )
        .reference("LOG-47"),
        Version::new(
            Mara,
            16.4,
            "At the most six",
            &[Text { was: "while: .corrected < 20\n", now: "while: .corrected < 6\n" }],
            Production(15.8, "Twenty were still too many"),
        )
        .reference("LOG-48"),
        Version::new(
            Tomas,
            2.1,
            "No correction within the tolerance",
            &[Text { was: "fabs) > 1)", now: "fabs) > $tolerance)" }],
            Production(1.4, "Malmö counts by the dozen"),
        )
        .reference("LOG-57")
        .label("tolerant"),
    ],
    events: &[],
    a_day: 24.0,
    reference: ("B-", 7_001),
    key: "",
    sample: batch,
    faults: &[("/counts", 500)],
    by_schedule: true,
};

fn batch(random: &mut Random, reference: &str) -> Value {
    json!({"batch": reference, "site": random.one(&["leipzig", "graz"])})
}

static PRICE_IMPORT: Story = Story {
    slug: "price-import",
    name: "Supplier price import",
    description: "Fetches a supplier's price list, checks it, works out our prices and hands them to the shop.",
    text: include_str!("../../../examples/price-import.yaml"),
    versions: &[
        Version::new(Aiko, 31.8, "Import prices as they come", &[], Production(31.0, "First version")),
        Version::new(
            Tomas,
            23.3,
            "Refuse lists with zero prices",
            &[Text { was: "when: any(.lines[]; .price < 0)", now: "when: any(.lines[]; .price <= 0)" }],
            Production(22.7, "Somebody bought a lamp for nothing"),
        )
        .reference("BUY-12")
        .label("no-gifts"),
        Version::new(
            Tomas,
            11.4,
            "Twenty seconds for slow suppliers",
            &[Text { was: "seconds: 10 }", now: "seconds: 20 }" }],
            Production(10.8, "Ferrum moved to a slow line"),
        )
        .reference("BUY-15"),
        Version::new(Mara, 6.0, "Lumen", &[Text { was: "enum: [nordholz, ferrum]", now: "enum: [nordholz, ferrum, lumen]" }], Development)
            .reference("BUY-19"),
        Version::new(
            Aiko,
            5.5,
            "Trial: half the margin",
            &[Text { was: "default: 0.35 }", now: "default: 0.2 }" }, Text { was: "(.margin // 0.35)", now: "(.margin // 0.2)" }],
            Draft,
        ),
    ],
    events: &[(0.85, Dele, Pause("Supplier feed sends zero prices.")), (5.2, Aiko, Delete(5))],
    a_day: 4.0,
    reference: ("I-", 311),
    key: ".supplier",
    sample: import,
    faults: &[("/prices", 500)],
    by_schedule: true,
};

fn import(random: &mut Random, reference: &str) -> Value {
    json!({"import": reference, "supplier": random.one(&["nordholz", "ferrum"])})
}
