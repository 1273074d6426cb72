//! Definitions, valid and not, for the comparison with the official schema. Each is a piece that is
//! put into a small frame.

use std::fmt::Write as _;

/// What a definition is by the format's schema and by our rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// By both.
    Valid,
    /// By neither.
    Invalid,
    /// By the schema alone: a rule that it cannot express is broken.
    Broken,
}

use Verdict::{Broken, Invalid, Valid};

/// Where the piece goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// The whole text.
    Whole,
    /// Top-level keys beside `document` and a `do` with one step.
    Top,
    /// The body of one step.
    Step,
    /// Items of `do`.
    Steps,
}

use Frame::{Step, Steps, Top, Whole};

pub(super) struct Case {
    pub name: &'static str,
    pub frame: Frame,
    pub verdict: Verdict,
    pub text: &'static str,
}

const fn case(name: &'static str, frame: Frame, verdict: Verdict, text: &'static str) -> Case {
    Case { name, frame, verdict, text }
}

const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: piece, version: '1.0.0' }\n";

pub(super) fn text_of(case: &Case) -> String {
    let indented = |by: usize| {
        case.text.lines().fold(String::new(), |mut out, line| {
            let _ = writeln!(out, "{:by$}{line}", "");
            out
        })
    };
    match case.frame {
        Whole => case.text.to_owned(),
        Top => format!("{HEAD}do:\n- only: {{ set: {{ a: 1 }} }}\n{}", case.text),
        Step => format!("{HEAD}do:\n- only:\n{}", indented(4)),
        Steps => format!("{HEAD}do:\n{}", case.text),
    }
}

pub(super) const CORPUS: &[Case] = &[
    // The document.
    case("smallest", Whole, Valid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0}\ndo: []"),
    case("no document", Whole, Invalid, "do: []"),
    case("no do", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0}"),
    case("version as a number", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 1.0}\ndo: []"),
    case("version with two parts", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: '1.0'}\ndo: []"),
    case("version with a leading zero", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: '1.01.0'}\ndo: []"),
    case(
        "version with a pre-release",
        Whole,
        Valid,
        "document: {dsl: '1.0.0', namespace: a, name: b, version: '1.0.0-rc.1+build.5'}\ndo: []",
    ),
    case("name with a space", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b c, version: 0.1.0}\ndo: []"),
    case("name that ends with a hyphen", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b-, version: 0.1.0}\ndo: []"),
    case("capitals in a name", Whole, Valid, "document: {dsl: '1.0.0', namespace: Aa, name: Bb, version: 0.1.0}\ndo: []"),
    case("unknown document key", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0, author: me}\ndo: []"),
    case("another dsl", Whole, Broken, "document: {dsl: '0.8.0', namespace: a, name: b, version: 0.1.0}\ndo: []"),
    case("dsl that is no version", Whole, Invalid, "document: {dsl: one, namespace: a, name: b, version: 0.1.0}\ndo: []"),
    case(
        "title, summary, tags, metadata",
        Whole,
        Valid,
        "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0, title: T, summary: S, tags: {a: 1}, metadata: {b: [2]}}\ndo: []",
    ),
    case("tags as a list", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0, tags: [a]}\ndo: []"),
    case("unknown key at the top", Top, Valid, "extra: 1"),
    case("do as an object", Whole, Invalid, "document: {dsl: '1.0.0', namespace: a, name: b, version: 0.1.0}\ndo: {a: {set: {b: 1}}}"),
    case("evaluate", Top, Valid, "evaluate: { language: jq, mode: strict }"),
    case("evaluate in an unknown mode", Top, Invalid, "evaluate: { mode: lax }"),
    // Steps.
    case("two keys in an item", Steps, Invalid, "- a: { set: { x: 1 } }\n  b: { set: { x: 1 } }"),
    case("an empty item", Steps, Invalid, "- {}"),
    case("an item that is text", Steps, Invalid, "- a"),
    case("two tasks in a step", Step, Invalid, "set: { a: 1 }\nwait: PT1S"),
    case("no task in a step", Step, Invalid, "then: end"),
    case("a misspelt key", Step, Invalid, "set: { a: 1 }\nthan: end"),
    case("a duplicate name", Steps, Broken, "- a: { set: { x: 1 } }\n- a: { set: { x: 2 } }"),
    case("the same name in another list", Steps, Valid, "- a: { do: [ { a: { set: { x: 1 } } } ] }"),
    case("then to nowhere", Step, Broken, "set: { a: 1 }\nthen: missing"),
    case("then out of the list", Steps, Broken, "- a: { do: [ { b: { set: { x: 1 }, then: c } } ] }\n- c: { set: { x: 1 } }"),
    case("then back", Steps, Valid, "- a: { set: { x: 1 } }\n- b: { set: { x: 1 }, then: a }"),
    case("then as a number", Step, Invalid, "set: { a: 1 }\nthen: 3"),
    case(
        "everything common",
        Step,
        Valid,
        "if: .a\ninput: { from: .a, schema: { document: { type: object } } }\noutput: { as: { b: '${ . }' } }\nexport: { as: '$context + {a: $output}' }\ntimeout: { after: PT1M }\nmetadata: { signalbox: { atMostOnce: true } }\nset: { a: 1 }\nthen: end",
    ),
    case("if as true", Step, Invalid, "if: true\nset: { a: 1 }"),
    case("input.from as a list", Step, Invalid, "input: { from: [a] }\nset: { a: 1 }"),
    case(
        "schema with both sources",
        Step,
        Invalid,
        "input: { schema: { document: {}, resource: { endpoint: 'https://a' } } }\nset: { a: 1 }",
    ),
    case("schema that is none", Step, Broken, "input: { schema: { document: { type: whatever } } }\nset: { a: 1 }"),
    case(
        "schema from elsewhere",
        Step,
        Valid,
        "input: { schema: { format: json, resource: { endpoint: 'https://a/b.json' } } }\nset: { a: 1 }",
    ),
    case("schema with a remote reference", Step, Broken, "input: { schema: { document: { $ref: 'https://a/b.json' } } }\nset: { a: 1 }"),
    case("metadata as text", Step, Invalid, "metadata: x\nset: { a: 1 }"),
    case("atMostOnce as text", Step, Broken, "metadata: { signalbox: { atMostOnce: yes } }\nset: { a: 1 }"),
    // set, switch, for, raise, wait.
    case("set to an expression", Step, Valid, "set: ${ .a }"),
    case("set to nothing", Step, Invalid, "set: {}"),
    case("set to a list", Step, Invalid, "set: [1]"),
    case("set to bad jq", Step, Broken, "set: { a: '${ .a + }' }"),
    case("set to an unknown variable", Step, Broken, "set: { a: '${ $nowhere }' }"),
    case("switch", Steps, Valid, "- a: { switch: [ { x: { when: .a == 1, then: b } }, { y: { then: end } } ] }\n- b: { set: { a: 1 } }"),
    case("switch without then", Step, Invalid, "switch: [ { x: { when: .a } } ]"),
    case("switch without cases", Step, Invalid, "switch: []"),
    case("switch with two defaults", Step, Broken, "switch: [ { x: { then: end } }, { y: { then: exit } } ]"),
    case("a case with an unknown key", Step, Invalid, "switch: [ { x: { if: .a, then: end } } ]"),
    case("for", Step, Valid, "for: { each: colour, in: .colours, at: n }\nwhile: $n < 3\ndo: [ { a: { set: { c: '${ $colour }' } } } ]"),
    case(
        "for over an inline list",
        Step,
        Valid,
        "for: { in: [ { a: 1 }, { a: 2 } ] }\ndo: [ { a: { set: { c: '${ $item.a + $index }' } } } ]",
    ),
    case("for over inline numbers", Step, Invalid, "for: { in: [ 1, 2 ] }\ndo: [ { a: { set: { c: 1 } } } ]"),
    case("for without in", Step, Invalid, "for: { each: a }\ndo: []"),
    case("for without do", Step, Invalid, "for: { in: .a }"),
    case("the loop's variable outside", Steps, Broken, "- a: { for: { in: .x }, do: [] }\n- b: { set: { c: '${ $item }' } }"),
    case("a variable with a dollar", Step, Broken, "for: { each: $a, in: .x }\ndo: []"),
    case("raise", Step, Valid, "raise: { error: { type: 'https://a/b', status: 400, title: '${ .t }', detail: d } }"),
    case("raise without a status", Step, Invalid, "raise: { error: { type: 'https://a/b' } }"),
    case("raise a text status", Step, Invalid, "raise: { error: { type: 'https://a/b', status: '400' } }"),
    case("raise an unknown name", Step, Broken, "raise: { error: nope }"),
    case("wait", Step, Valid, "wait: { hours: 1, milliseconds: 3 }"),
    case("wait for ISO 8601", Step, Valid, "wait: P1DT2H0.5S"),
    case("wait for an expression", Step, Valid, "wait: ${ .pause }"),
    case("wait over two lines", Step, Invalid, "wait: |\n  ${\n  .pause }"),
    case("wait for an unknown unit", Step, Invalid, "wait: { weeks: 1 }"),
    case("wait for bad ISO 8601", Step, Invalid, "wait: 5 minutes"),
    case("wait for half an hour", Step, Invalid, "wait: { hours: 0.5 }"),
    // try.
    case(
        "try",
        Step,
        Valid,
        "try: [ { a: { set: { x: 1 } } } ]\ncatch: { errors: { with: { status: 404 } }, as: e, when: $e.status == 404, retry: { delay: PT1S, backoff: { exponential: {} }, limit: { attempt: { count: 3, duration: PT5S }, duration: PT1M }, jitter: { from: PT0S, to: PT1S } }, do: [ { b: { set: { y: '${ $e }' } } } ], then: end }",
    ),
    case("try without catch", Step, Invalid, "try: []"),
    case("catch everything", Step, Valid, "try: []\ncatch: {}"),
    case("an empty filter", Step, Invalid, "try: []\ncatch: { errors: { with: {} } }"),
    case("two backoffs", Step, Invalid, "try: []\ncatch: { retry: { backoff: { constant: {}, linear: {} } } }"),
    case("half a jitter", Step, Invalid, "try: []\ncatch: { retry: { jitter: { from: PT1S } } }"),
    case("retry by an unknown name", Step, Broken, "try: []\ncatch: { retry: nope }"),
    case("a text count", Step, Invalid, "try: []\ncatch: { retry: { limit: { attempt: { count: three } } } }"),
    // call http.
    case(
        "http",
        Step,
        Valid,
        "call: http\nwith: { method: post, endpoint: 'https://a/{id}?x={y}', headers: { A: '${ .a }' }, query: { q: '1' }, body: { a: '${ . }' }, output: response, redirect: true }",
    ),
    case(
        "http by expression",
        Step,
        Valid,
        "call: http\nwith: { method: get, endpoint: '${ .uri }', headers: '${ .headers }', query: '${ .query }' }",
    ),
    case(
        "http with basic authentication",
        Step,
        Valid,
        "call: http\nwith: { method: get, endpoint: { uri: 'https://a', authentication: { basic: { username: '${ .u }', password: p } } } }",
    ),
    case("http without a method", Step, Invalid, "call: http\nwith: { endpoint: 'https://a' }"),
    case("http without with", Step, Invalid, "call: http"),
    case("http with a numeric query", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a', query: { limit: 10 } }"),
    case("http with bare text as headers", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a', headers: .headers }"),
    case("http with an unknown output", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a', output: body }"),
    case("http with yes for true", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a', redirect: yes }"),
    case("http to an address with a space", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a b' }"),
    case("http to a mixed address", Step, Invalid, "call: http\nwith: { method: get, endpoint: 'https://a/${ .id }' }"),
    case(
        "http with two authentications",
        Step,
        Invalid,
        "call: http\nwith: { method: get, endpoint: { uri: 'https://a', authentication: { basic: { username: u, password: p }, bearer: { token: t } } } }",
    ),
    case(
        "http with half an authentication",
        Step,
        Invalid,
        "call: http\nwith: { method: get, endpoint: { uri: 'https://a', authentication: { basic: { username: u } } } }",
    ),
    case(
        "http with an unknown authentication",
        Step,
        Broken,
        "call: http\nwith: { method: get, endpoint: { uri: 'https://a', authentication: { use: nope } } }",
    ),
    // Other calls.
    case(
        "openapi",
        Step,
        Valid,
        "call: openapi\nwith: { document: { endpoint: 'https://a/o.json' }, operationId: x, parameters: { a: 1 } }",
    ),
    case("openapi without an operation", Step, Invalid, "call: openapi\nwith: { document: { endpoint: 'https://a/o.json' } }"),
    case(
        "grpc",
        Step,
        Valid,
        "call: grpc\nwith: { proto: { endpoint: 'file://a.proto' }, service: { name: S, host: localhost, port: 5011 }, method: M, arguments: { a: 1 } }",
    ),
    case(
        "grpc on a port too high",
        Step,
        Invalid,
        "call: grpc\nwith: { proto: { endpoint: 'file://a.proto' }, service: { name: S, host: localhost, port: 70000 }, method: M }",
    ),
    case(
        "asyncapi",
        Step,
        Valid,
        "call: asyncapi\nwith: { document: { endpoint: 'https://a' }, operation: o, protocol: kafka, subscription: { consume: { amount: 5, for: PT1M }, foreach: { item: m, do: [ { a: { set: { b: '${ $m }' } } } ] } } }",
    ),
    case(
        "asyncapi with message and subscription",
        Step,
        Invalid,
        "call: asyncapi\nwith: { document: { endpoint: 'https://a' }, operation: o, message: {}, subscription: { consume: { amount: 5 } } }",
    ),
    case("asyncapi with neither", Step, Invalid, "call: asyncapi\nwith: { document: { endpoint: 'https://a' }, operation: o }"),
    case("a2a", Step, Valid, "call: a2a\nwith: { server: 'https://a', method: message/send, parameters: { message: hi } }"),
    case("a2a with an unknown method", Step, Invalid, "call: a2a\nwith: { method: message/shout }"),
    case(
        "mcp",
        Step,
        Valid,
        "call: mcp\nwith: { method: tools/call, parameters: { name: x }, transport: { stdio: { command: c, arguments: [a], environment: { B: b } } } }",
    ),
    case("mcp without transport", Step, Invalid, "call: mcp\nwith: { method: tools/list }"),
    case("a function of a catalog", Step, Valid, "call: log:1.0.0@default\nwith: { message: hi }"),
    case("an unknown function", Step, Broken, "call: shout"),
    // run.
    case(
        "run workflow",
        Step,
        Valid,
        "run: { await: false, workflow: { namespace: a, name: b, version: '1.0.0', input: { x: '${ .y }' } } }",
    ),
    case("run the latest workflow", Step, Valid, "run: { workflow: { namespace: a, name: b, version: latest } }"),
    case("run a workflow without a version", Step, Invalid, "run: { workflow: { namespace: a, name: b } }"),
    case("run a workflow at no version", Step, Broken, "run: { workflow: { namespace: a, name: b, version: newest } }"),
    case("run two things", Step, Invalid, "run: { shell: { command: a }, workflow: { namespace: a, name: b, version: latest } }"),
    case("run nothing", Step, Invalid, "run: { await: true }"),
    case("run shell", Step, Valid, "run: { shell: { command: 'echo', arguments: [a], environment: { A: 1 } }, return: all }"),
    case("run script", Step, Valid, "run: { script: { language: js, code: 'return ${1}', arguments: [a] } }"),
    case("run a script from two places", Step, Invalid, "run: { script: { language: js, code: a, source: { endpoint: 'https://a' } } }"),
    case(
        "run container",
        Step,
        Valid,
        "run: { container: { image: alpine, lifetime: { cleanup: eventually, after: PT1M }, pullPolicy: never } }",
    ),
    case(
        "run a container that is never cleaned after",
        Step,
        Invalid,
        "run: { container: { image: alpine, lifetime: { cleanup: never, after: PT1M } } }",
    ),
    case("run a container without after", Step, Invalid, "run: { container: { image: alpine, lifetime: { cleanup: eventually } } }"),
    // Events, fork, schedule.
    case("fork", Step, Valid, "fork: { compete: true, branches: [ { a: { set: { x: 1 } } } ] }"),
    case("fork without branches", Step, Invalid, "fork: { compete: true }"),
    case("emit", Step, Valid, "emit: { event: { with: { type: a.b, source: 'https://s', data: { x: '${ .y }' }, more: 1 } } }"),
    case("emit without a type", Step, Invalid, "emit: { event: { with: { source: 'https://s' } } }"),
    case(
        "listen to one",
        Step,
        Valid,
        "listen: { to: { one: { with: { type: a }, correlate: { k: { from: .data.k, expect: '${ .k }' } } } }, read: envelope }\nforeach: { item: e, do: [ { a: { set: { b: '${ $e }' } } } ] }",
    ),
    case("listen to any until", Step, Valid, "listen: { to: { any: [], until: '( . | length ) > 3' } }"),
    case(
        "listen to any until another event",
        Step,
        Valid,
        "listen: { to: { any: [ { with: { type: a } } ], until: { one: { with: { type: b } } } } }",
    ),
    case("listen to one and all", Step, Invalid, "listen: { to: { one: { with: { type: a } }, all: [] } }"),
    case("listen without a filter", Step, Invalid, "listen: { to: { one: { with: {} } } }"),
    case("schedule every", Top, Valid, "schedule: { every: PT1M }"),
    case("schedule on an event", Top, Valid, "schedule: { on: { one: { with: { type: a } } }, read: envelope }"),
    case("schedule read without on", Top, Invalid, "schedule: { cron: '0 0 * * *', read: data }"),
    case("schedule rewritten by an old tool", Top, Invalid, "schedule: { 'true': { one: { with: { type: a } } } }"),
    // use and top-level policies.
    case(
        "use in full",
        Top,
        Valid,
        "use:\n  authentications:\n    a: { bearer: { token: t } }\n    b: { digest: { use: s } }\n    c: { oauth2: { authority: 'https://a', grant: client_credentials, client: { id: i, secret: s }, scopes: [x], endpoints: { token: /t } } }\n    d: { oidc: { authority: 'https://a', grant: password, username: u, password: p } }\n  errors: { e: { type: 'https://e', status: 500 } }\n  retries: { r: { delay: { seconds: 1 } } }\n  timeouts: { t: { after: PT1S } }\n  secrets: [s]\n  functions: { f: { call: http, with: { method: get, endpoint: 'https://a' } } }\n  catalogs: { c: { endpoint: { uri: 'https://a' } } }\n  extensions: [ { x: { extend: all, when: .a, before: [ { y: { set: { z: 1 } } } ] } } ]\ntimeout: t",
    ),
    case("an oauth2 without a grant", Top, Invalid, "use: { authentications: { c: { oauth2: { authority: 'https://a' } } } }"),
    case("an extension of nothing", Top, Invalid, "use: { extensions: [ { x: { extend: fork } } ] }"),
    case("secrets as an object", Top, Invalid, "use: { secrets: { s: 1 } }"),
    case("a secret that is not listed", Top, Broken, "use: { authentications: { b: { basic: { use: s } } } }"),
    case("an unknown section of use", Top, Invalid, "use: { retry: {} }"),
    case("a timeout by an unknown name", Top, Broken, "timeout: nope"),
    case("a timeout without after", Top, Invalid, "timeout: { before: PT1S }"),
    case(
        "input and output",
        Top,
        Valid,
        "input: { from: '.a', schema: { document: true } }\noutput: { as: '{ x: $input, y: . }', schema: { document: { type: object } } }",
    ),
    case("an unknown key of input", Top, Invalid, "input: { form: .a }"),
];
