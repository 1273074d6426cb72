//! The shop: orders, payments, returns.

use serde_json::{Value, json};

use super::Change::{Step, Text};
use super::Fate::{Development, Draft, Production};
use super::Who::{Aiko, Dele, Mara, Tomas};
use super::{Story, Version};
use crate::demo::random::Random;

pub(super) const STORIES: &[&Story] = &[&ORDER_INTAKE, &PAYMENT_CAPTURE, &RETURNS];

static ORDER_INTAKE: Story = Story {
    slug: "order-intake",
    name: "Order intake",
    description: "Takes a web order, checks it for fraud, reserves stock, captures payment and books a carrier.",
    text: include_str!("../../../examples/order-intake.yaml"),
    versions: &[
        Version::new(Mara, 33.0, "First version: order, stock, payment, carrier", &[], Production(32.0, "Go-live of the new intake"))
            .failing(0.05),
        Version::new(
            Tomas,
            29.2,
            "Give up after ten minutes instead of thirty",
            &[Text { was: "minutes: 30", now: "minutes: 10" }],
            Production(28.9, "Support asked for faster answers"),
        )
        .reference("SHOP-211"),
        Version::new(
            Mara,
            24.1,
            "Retry the payment provider three times",
            &[Text { was: "count: 1 }", now: "count: 3 }" }],
            Production(23.6, "The provider restarts at night"),
        )
        .reference("SHOP-224"),
        Version::new(Tomas, 19.3, "Tell the customer by e-mail", &[Step("tellCustomer")], Production(18.8, "Agreed with support"))
            .reference("SHOP-230")
            .label("mail"),
        Version::new(Aiko, 17.0, "Trial: more time for the fraud check", &[Text { was: "seconds: 5 }", now: "seconds: 8 }" }], Development),
        Version::new(
            Tomas,
            14.2,
            "Gift wrapping hides prices in the message",
            &[
                Text { was: "", now: "        gift: { type: boolean, title: Gift wrapping }\n" },
                Text { was: "", now: ", gift: '${ .gift // false }'" },
            ],
            Production(13.7, "Gift season starts"),
        )
        .reference("SHOP-241"),
        Version::new(
            Mara,
            8.4,
            "Longer pauses between payment tries",
            &[Text { was: "backoff: { constant: {} }", now: "backoff: { exponential: {} }" }],
            Production(7.8, "Fewer calls while the provider is down"),
        )
        .reference("SHOP-247")
        .label("peak"),
        Version::new(
            Tomas,
            4.3,
            "Manual review from 80 points instead of 90",
            &[Text { was: "when: .fraud >= 90", now: "when: .fraud >= 80" }],
            Production(3.6, "Fraud score v3 is stricter"),
        )
        .reference("RISK-88")
        .failing(0.02),
        Version::new(
            Tomas,
            1.6,
            "Deliver to Switzerland, the Netherlands and Sweden",
            &[Text { was: "enum: [AT, DE]", now: "enum: [AT, CH, DE, NL, SE]" }],
            Development,
        )
        .reference("SHOP-255"),
        Version::new(
            Tomas,
            0.03,
            "Split payment capture for pre-orders",
            &[
                Text { was: "            then: reserveStock", now: "            then: holdStock" },
                Text { was: "name: customer-notice", now: "name: pre-order-notice" },
            ],
            Draft,
        ),
    ],
    events: &[(0.21, Dele, super::Event::RollOut(9, "Abroad, a few orders first")), (0.12, Dele, super::Event::Advance)],
    a_day: 34.0,
    reference: ("O-", 48_213),
    key: ".customer.email",
    sample: order,
    faults: &[("/captures", 503), ("/reservations", 409)],
    by_schedule: false,
};

fn order(random: &mut Random, reference: &str) -> Value {
    const NAMES: &[&str] = &["lena.vogt", "jonas.berg", "amara.n", "pieter.smit", "sofia.k", "noah.weiss", "elin.dahl", "marek.h"];
    let lines: Vec<Value> = (0..random.between(1, 4))
        .map(|_| json!({"sku": format!("SKU-{}", random.between(100, 160)), "quantity": random.between(1, 4), "price": random.between(590, 8990) as f64 / 100.0}))
        .collect();
    let email = format!("{}@mail.example", random.one(NAMES).unwrap_or(&"lena.vogt"));
    json!({"order": reference, "customer": {"email": email, "country": random.one(&["DE", "AT", "DE"])}, "lines": lines})
}

static PAYMENT_CAPTURE: Story = Story {
    slug: "payment-capture",
    name: "Payment capture",
    description: "Captures an authorised payment, posts it to the ledger and files the receipt.",
    text: include_str!("../../../examples/payment-capture.yaml"),
    versions: &[
        Version::new(Mara, 33.5, "Capture and post, in euros", &[], Production(33.1, "Replaces the nightly batch")),
        Version::new(Mara, 27.2, "Capture in francs and crowns too", &[Step("rate")], Production(26.4, "Switzerland opens"))
            .reference("PAY-112"),
        Version::new(
            Tomas,
            21.4,
            "Try a busy provider again",
            &[Text { was: "attempt: { count: 1 }", now: "attempt: { count: 2 }" }],
            Production(20.9, "Incident of last week"),
        )
        .reference("PAY-119"),
        Version::new(
            Mara,
            12.2,
            "Never capture a second time after a crash",
            &[Text { was: "atMostOnce: false", now: "atMostOnce: true" }],
            Production(11.5, "Asked for by the auditors"),
        )
        .reference("PAY-127")
        .label("audited"),
        Version::new(
            Mara,
            5.1,
            "Wallets",
            &[Text { was: "enum: [card, transfer]", now: "enum: [card, transfer, wallet]" }],
            Production(4.4, "Wallets go live"),
        )
        .reference("PAY-131")
        .failing(0.008),
        Version::new(
            Tomas,
            2.9,
            "Shorter breaks between tries",
            &[Text { was: "delay: { milliseconds: 250 }", now: "delay: { milliseconds: 120 }" }],
            Development,
        )
        .reference("PAY-134"),
    ],
    events: &[
        (2.4, Dele, super::Event::RollOut(6, "Customers wait too long when the provider is busy")),
        (1.9, Dele, super::Event::GuardRollsBack),
    ],
    a_day: 22.0,
    reference: ("P-", 90_311),
    key: ".payment",
    sample: payment,
    faults: &[("/captures", 503), ("/entries", 500)],
    by_schedule: false,
};

fn payment(random: &mut Random, reference: &str) -> Value {
    let currency = random.one(&["EUR", "EUR", "EUR", "CHF", "SEK"]);
    json!({"payment": reference, "amount": random.between(990, 42_000) as f64 / 100.0, "currency": currency, "method": random.one(&["card", "transfer"])})
}

static RETURNS: Story = Story {
    slug: "returns-refunds",
    name: "Returns and refunds",
    description: "Judges a returned parcel, refunds what is due and tells the customer.",
    text: include_str!("../../../examples/returns-refunds.yaml"),
    versions: &[
        Version::new(Tomas, 32.0, "Refund new goods in full", &[], Production(31.2, "First version")),
        Version::new(Tomas, 22.6, "No refund after thirty days", &[Step("tooLate")], Production(22.0, "New terms of business"))
            .reference("SHOP-226"),
        Version::new(
            Aiko,
            15.3,
            "Opened goods come back at 80 %",
            &[Text { was: ".price * 0.9", now: ".price * 0.8" }],
            Production(14.6, "Agreed with the shop's lawyers"),
        )
        .reference("LEGAL-7")
        .label("terms-2026"),
        Version::new(Tomas, 6.5, "Put good pieces back on the shelf", &[Step("shelve")], Production(5.7, "The warehouse is ready for it"))
            .reference("SHOP-249"),
    ],
    events: &[(16.0, Tomas, super::Event::Archive(1))],
    a_day: 8.0,
    reference: ("R-", 5_120),
    key: "",
    sample: returned,
    faults: &[("/refunds", 500)],
    by_schedule: false,
};

fn returned(random: &mut Random, reference: &str) -> Value {
    let pieces: Vec<Value> = (0..random.between(1, 3))
        .map(|_| json!({"sku": format!("SKU-{}", random.between(100, 160)), "price": random.between(990, 6990) as f64 / 100.0, "condition": random.one(&["new", "new", "opened", "damaged"])}))
        .collect();
    json!({"return": reference, "order": format!("O-{}", random.between(47_000, 48_200)), "email": "sofia.k@mail.example", "daysSinceDelivery": random.between(2, 36), "pieces": pieces})
}
