//! Staging: an environment that was made in the demo's month, and the configurations it has had since.

use super::Who::{self, Aiko, Dele};

/// A configuration of staging: when, who deployed it, why, what it holds.
pub type Configured = (f64, Who, &'static str, &'static str);

/// Days ago that staging was made.
pub const MADE: f64 = 30.5;

/// Configurations that were deployed, oldest first.
pub const DEPLOYED: &[Configured] = &[
    (30.4, Aiko, "Nothing real is charged from here", r#"{"connections": {"payments": "payments-test"}}"#),
    (
        27.0,
        Dele,
        "Carriers have a sandbox at last",
        r#"{"connections": {"payments": "payments-test", "carriers": "carriers-sandbox"}, "variables": {"region": "eu"}}"#,
    ),
    (
        20.1,
        Dele,
        "Mail goes to the sink, not to customers",
        r#"{"connections": {"payments": "payments-test", "carriers": "carriers-sandbox", "mail": "mail-sink"}, "variables": {"region": "eu"},
            "secrets": {"payments-key": "payments-test-key"}}"#,
    ),
    (
        12.3,
        Aiko,
        "The payment provider moved its test accounts",
        r#"{"connections": {"payments": "payments-test-eu", "carriers": "carriers-sandbox", "mail": "mail-sink"},
            "variables": {"region": "eu"}, "secrets": {"payments-key": "payments-test-key"}, "managed_here": ["variables.region"]}"#,
    ),
    (
        6.2,
        Dele,
        "VAT rules of the new year, and orders first",
        r#"{"connections": {"payments": "payments-test-eu", "carriers": "carriers-sandbox", "mail": "mail-sink"},
            "scripts": {"vat-rules": {"name": "vat-rules", "version": "15-rc"}}, "variables": {"region": "eu"},
            "secrets": {"payments-key": "payments-test-key"}, "priority": {"order-intake": 10}, "managed_here": ["variables.region"]}"#,
    ),
];

/// What the draft holds now, and who edited it when.
pub const DRAFT: (f64, Who, &str) = (
    0.4,
    Dele,
    r#"{"connections": {"payments": "payments-test-eu", "carriers": "carriers-sandbox-2", "mail": "mail-sink", "warehouse": "warehouse-copy"},
        "scripts": {"vat-rules": {"name": "vat-rules", "version": "15-rc"}}, "variables": {"region": "eu"},
        "secrets": {"payments-key": "payments-test-key"}, "priority": {"order-intake": 10}, "managed_here": ["variables.region"]}"#,
);

/// Flows that are tried there before production.
pub const FLOWS: &[&str] = &["order-intake", "payment-capture", "carrier-booking", "returns-refunds"];
