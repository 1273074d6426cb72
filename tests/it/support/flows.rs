//! Definitions that several tests use.

/// A flow of five steps with one real call to `service` (`HOST:PORT`): GET /price answers `{"unit": n}`. Its output is
/// `{"total": n × items, "note": NOTE}`; two notes make two different versions.
pub fn order_intake(service: &str, note: &str) -> String {
    format!(
        "document:
  dsl: '1.0.1'
  namespace: tests
  name: order-intake
  version: '1.0.0'
  title: Order intake
  summary: Prices an order and confirms it.
do:
  - receive:
      set:
        items: ${{ .items }}
      export:
        as: ${{ . }}
  - fetchPrice:
      call: http
      with:
        method: get
        endpoint: http://{service}/price
  - total:
      set:
        total: ${{ .unit * $context.items }}
  - decide:
      switch:
        - large:
            when: ${{ .total > 1000000 }}
            then: end
        - usual:
            then: confirm
  - confirm:
      set:
        total: ${{ .total }}
        note: {note}
"
    )
}

/// The names of its five steps, in their order.
pub const ORDER_INTAKE_STEPS: [&str; 5] = ["receive", "fetchPrice", "total", "decide", "confirm"];

/// A flow with two effects on `service`, each on a path with the run's id, and short waits around them, so that a kill
/// finds runs at every edge.
pub fn two_effects(service: &str, name: &str, note: &str) -> String {
    format!(
        "document:
  dsl: '1.0.1'
  namespace: tests
  name: {name}
  version: '1.0.0'
do:
  - begin:
      set:
        note: {note}
  - first:
      call: http
      with:
        method: post
        endpoint: ${{ \"http://{service}/first/\" + $workflow.id }}
        body: {{ note: {note} }}
  - pause:
      wait:
        milliseconds: 60
  - second:
      call: http
      with:
        method: post
        endpoint: ${{ \"http://{service}/second/\" + $workflow.id }}
        body: {{ note: {note} }}
  - end:
      set:
        note: {note}
"
    )
}
