//! Which fields the form of each kind of step has. A slot is a place in the step, named by its pointer there.

/// How a value is written in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Always a text.
    Text,
    /// A text or an expression; numbers, lists and objects are written as JSON.
    Any,
    /// As `Any`, on several lines.
    AnyLines,
    /// One of these texts; the first is "not set".
    Choice(&'static [(&'static str, &'static str)]),
    /// A duration: `PT30S`, or an object as JSON.
    Duration,
    /// An object: a row for each name and value.
    Pairs,
    /// The cases of a switch: name, condition, where it leads.
    Cases,
    /// Where the flow goes on: a step of the same list, `continue`, `exit`, `end`.
    Next,
}

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Pointer inside of the step: `/with/method`.
    pub at: &'static str,
    /// Label.
    pub label: &'static str,
    /// How it is written.
    pub input: Input,
    /// Hint; may be empty.
    pub hint: &'static str,
}

const fn slot(at: &'static str, label: &'static str, input: Input, hint: &'static str) -> Slot {
    Slot { at, label, input, hint }
}

const METHODS: &[(&str, &str)] = &[
    ("", "Choose"),
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
    ("HEAD", "HEAD"),
    ("OPTIONS", "OPTIONS"),
];
const ANSWERS: &[(&str, &str)] =
    &[("", "Its content (usual)"), ("content", "Its content"), ("response", "Status, headers and content"), ("raw", "Its bytes as base64")];

const HTTP: &[Slot] = &[
    slot("/with/method", "Method", Input::Choice(METHODS), ""),
    slot(
        "/with/endpoint",
        "Address",
        Input::Any,
        "May hold {names} that stand in the data, or be an expression. connection://NAME/path goes through a connection of the workspace.",
    ),
    slot("/with/headers", "Headers", Input::Pairs, ""),
    slot("/with/query", "Query", Input::Pairs, ""),
    slot("/with/body", "Body", Input::AnyLines, "JSON or an expression."),
    slot("/with/output", "Result of the step", Input::Choice(ANSWERS), ""),
];
const CALL: &[Slot] =
    &[slot("/call", "Function", Input::Text, "Of `use.functions`, or a kind of call."), slot("/with", "With", Input::AnyLines, "JSON.")];
const SET: &[Slot] =
    &[slot("/set", "Data", Input::Pairs, "Becomes the data of the following steps. Values may be expressions: ${ .order.total * 0.2 }")];
const SWITCH: &[Slot] = &[slot(
    "/switch",
    "Cases",
    Input::Cases,
    "The first case whose condition holds is taken. Without a condition it always holds: put it last.",
)];
const FOR: &[Slot] = &[
    slot("/for/each", "Name of each one", Input::Text, "Usable as $name. Left empty: item."),
    slot("/for/in", "Of", Input::Any, "An expression that gives a list: ${ .orders }"),
    slot("/for/at", "Name of the position", Input::Text, "Left empty: index."),
    slot("/while", "As long as", Input::Any, "Stops when this no longer holds."),
];
const RAISE: &[Slot] = &[
    slot("/raise/error/type", "Type", Input::Any, "An address: https://example.com/errors/out-of-stock"),
    slot("/raise/error/status", "Status", Input::Any, "A number like those of HTTP."),
    slot("/raise/error/title", "Title", Input::Any, ""),
    slot("/raise/error/detail", "Detail", Input::Any, ""),
];
const RAISE_NAMED: &[Slot] = &[slot("/raise/error", "Error", Input::Any, "Name of an error of `use.errors`.")];
const TRY: &[Slot] = &[
    slot("/catch/errors/with/type", "Only errors of type", Input::Any, "Left empty: all."),
    slot("/catch/errors/with/status", "Only with status", Input::Any, ""),
    slot("/catch/when", "Only when", Input::Any, "An expression."),
    slot("/catch/as", "Name of the error", Input::Text, "Usable as $name. Left empty: error."),
    slot("/catch/retry/limit/attempt/count", "Attempts", Input::Any, "Left empty: no retry."),
    slot("/catch/retry/delay", "Wait between", Input::Duration, "PT2S is two seconds."),
    slot("/catch/retry/backoff", "Growing", Input::AnyLines, r#"{"exponential": {}} doubles it each time."#),
];
const TRY_NAMED: &[Slot] = &[
    slot("/catch/errors/with/type", "Only errors of type", Input::Any, "Left empty: all."),
    slot("/catch/when", "Only when", Input::Any, "An expression."),
    slot("/catch/retry", "Retry", Input::Any, "Name of a policy of `use.retries`."),
];
const WAIT: &[Slot] = &[slot("/wait", "How long", Input::Duration, "PT30S is 30 seconds, PT5M five minutes, P1D a day.")];
const RUN_FLOW: &[Slot] = &[
    slot("/run/workflow/namespace", "Namespace", Input::Text, "As in the other flow's document."),
    slot("/run/workflow/name", "Name", Input::Text, ""),
    slot("/run/workflow/version", "Version", Input::Text, "Of its document; latest takes the newest."),
    slot("/run/workflow/input", "Input", Input::AnyLines, "JSON or an expression."),
];
const OTHER: &[Slot] = &[];

/// Fields that every kind has, folded away until one is set.
pub const COMMON: &[Slot] = &[
    slot("/if", "Only if", Input::Any, "An expression. When it does not hold, the step is skipped."),
    slot("/then", "Then", Input::Next, ""),
    slot("/input/from", "Takes", Input::AnyLines, "An expression that picks the step's input."),
    slot("/output/as", "Gives", Input::AnyLines, "An expression that shapes the step's output."),
    slot("/export/as", "Keeps", Input::AnyLines, "An expression whose result is kept as $context."),
    slot("/timeout/after", "Time limit", Input::Duration, "PT30S is 30 seconds."),
];

/// The fields of a step.
pub fn of(kind: &str, step: &serde_json::Value) -> &'static [Slot] {
    let is_text = |pointer: &str| step.pointer(pointer).is_some_and(serde_json::Value::is_string);
    match kind {
        "call" if step.get("call").is_some_and(|c| c == "http") => HTTP,
        "call" => CALL,
        "set" => SET,
        "switch" => SWITCH,
        "for" => FOR,
        "raise" if is_text("/raise/error") => RAISE_NAMED,
        "raise" => RAISE,
        "try" if is_text("/catch/retry") => TRY_NAMED,
        "try" => TRY,
        "wait" => WAIT,
        "run" if step.pointer("/run/workflow").is_some() => RUN_FLOW,
        _ => OTHER,
    }
}
