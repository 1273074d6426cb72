//! The egress guard: every spelling of a forbidden address, names that change their mind, redirects, own listeners.
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use signalbox::runner::http::egress::{Allowed, Egress};
use signalbox::runner::http::guard::{addresses, judge};
use signalbox::runner::http::resolver::{Resolve, Resolving};
use signalbox::runner::http::{Call, CallError, CallerBuilder};

use super::stub::{Answer, Stub};

/// Hosts that all stand for an address nobody outside may call.
fn forbidden_hosts() -> Vec<String> {
    let mut hosts: Vec<String> = [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "0x7f.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.01",
        "127.255.255.254",
        "%31%32%37.0.0.1",
        "①②⑦.⓪.⓪.①",
        "１２７.０.０.１",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "0",
        "0.0.0.0",
        "0x0",
        "00",
        "0.0",
        "0.1",
        "10.0.0.1",
        "10.1",
        "0xa.1",
        "012.1.2.3",
        "167772161",
        "0x0a000001",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.254",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "172.16.0.1",
        "172.31.255.255",
        "0xac100001",
        "172.1048577",
        "192.168.0.1",
        "192.168.1",
        "192.11010049",
        "0xc0a80001",
        "3232235521",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        "0xffffffff",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000:0000:0000:0000:0000:0000:0000:0001]",
        "[::0001]",
        "[::127.0.0.1]",
        "[::7f00:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::FFFF:10.0.0.1]",
        "[::ffff:a00:1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:192.168.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::10.0.0.1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2002:c0a8:1::]",
        "[2002:a9fe:a9fe::]",
        "[100::1]",
        "[2001::1]",
        "[2001:0:1:2::3]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fdff:ffff::1]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[feff::1]",
        "[ff02::1]",
        "[ff0e::1]",
        "[FD00::1]",
        "[FE80::1]",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    hosts.extend((0..8).map(|n| format!("10.{}.{}.{}", n * 31, n * 7, n)));
    hosts.extend((0..8).map(|n| format!("[::ffff:127.0.{n}.1]")));
    hosts
}

#[test]
fn no_spelling_of_a_forbidden_address_passes() {
    let egress = Egress::default();
    let hosts = forbidden_hosts();
    let mut spellings: Vec<String> = hosts.iter().map(|host| format!("https://{host}/")).collect();
    spellings.extend(hosts.iter().step_by(3).map(|host| format!("HTTPS://{host}:443/x?y#z")));
    spellings.extend(
        [
            "http://example.com:80@127.0.0.1/",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://:password@example.com/",
            "https://example.com@10.0.0.1/",
            "https:127.0.0.1/",
            "https:/127.0.0.1/",
            "https:///127.0.0.1/",
            "https:\\\\127.0.0.1\\",
            "https://127.0.0.1\\@example.com/",
            " https://127.0.0.1/ ",
            "https://127.0.0.1\t/",
            "ht\ntps://127.0.0.1/",
            "https://127.0.0.1%00.example.com/",
            "https://127.0.0.1:0/",
            "https://127.0.0.1:65535/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/_x",
            "data:text/plain,x",
            "javascript:alert(1)",
            "unix:/run/x.sock",
            "ws://example.com/",
            "//example.com/",
            "/relative",
            "example.com",
            "",
            "https://",
            "https:///",
            "https://.",
            "https://?x",
            "https://#x",
            "https://[::1",
            "https://[::1]x/",
            "https://[fe80::1%25eth0]/",
            "https://1.2.3.4.5:99999/",
            "https://256.256.256.256/",
            "https://0x7f.0x0.0x0.0x100/",
            "https://a b/",
            "https://exa<mple.com/",
        ]
        .into_iter()
        .map(str::to_owned),
    );
    spellings.push(format!("https://example.com/{}", "x".repeat(2_048)));
    assert!(spellings.len() >= 150, "{}", spellings.len());
    for text in &spellings {
        assert!(judge(text, &egress).is_err(), "{text:?} passed as {:?}", judge(text, &egress));
    }
    for text in [
        "https://example.com/",
        "https://EXAMPLE.com./x",
        "https://1.1.1.1/",
        "https://[2606:4700::1111]/x",
        "https://8.8.8.8:443/",
        "https://xn--bcher-kva.example/",
    ] {
        assert!(judge(text, &egress).is_ok(), "{text}: {:?}", judge(text, &egress));
    }
}

/// A resolver that says one thing, then another.
struct Alternating {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicU64,
}

impl Alternating {
    fn of(answers: &[&[&str]]) -> Arc<Alternating> {
        let read = |texts: &&[&str]| texts.iter().map(|text| text.parse().expect("address")).collect();
        Arc::new(Alternating { answers: answers.iter().map(read).collect(), asked: AtomicU64::new(0) })
    }
}

impl Resolve for Alternating {
    fn resolve<'a>(&'a self, _host: &'a str) -> Resolving<'a> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst) as usize;
        Box::pin(std::future::ready(Ok(self.answers[turn % self.answers.len()].clone())))
    }
}

fn allowed(entries: &[&str]) -> Egress {
    Egress { allowed: entries.iter().map(|entry| entry.parse::<Allowed>().expect("entry")).collect(), own: Vec::new() }
}

#[tokio::test]
async fn one_bad_address_among_good_ones_refuses_the_call() {
    for answers in [&["1.1.1.1", "127.0.0.1"][..], &["2606:4700::1111", "::1"], &["1.1.1.1", "::ffff:10.0.0.1"], &["10.0.0.1"], &[]] {
        let resolver = Alternating::of(&[answers]);
        let target = judge("https://example.com/", &Egress::default()).expect("a name");
        assert!(addresses(&target, &Egress::default(), resolver.as_ref()).await.is_err(), "{answers:?}");
    }
    let resolver = Alternating::of(&[&["1.1.1.1", "2606:4700::1111"]]);
    let target = judge("https://example.com/", &Egress::default()).expect("a name");
    assert_eq!(addresses(&target, &Egress::default(), resolver.as_ref()).await.map(|found| found.len()), Ok(2));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_never_reaches_loopback() {
    let canary = TcpListener::bind("127.0.0.1:0").expect("canary");
    canary.set_nonblocking(true).expect("non-blocking");
    let port = canary.local_addr().expect("address").port();
    // What is public here is a documentation address that an entry allows, so that nothing leaves this machine.
    let egress = allowed(&[&format!("192.0.2.1:{port}")]);
    let resolver = Alternating::of(&[&["192.0.2.1"], &["127.0.0.1"]]);
    let quick = std::time::Duration::from_millis(1);
    let caller = CallerBuilder { egress, resolver: resolver.clone(), connect: quick, total: quick * 5, ..CallerBuilder::default() }
        .build()
        .expect("caller");
    for _ in 0..1_000 {
        let call = Call { method: "get".into(), url: format!("http://rebinding.example:{port}/"), ..Call::default() };
        assert!(caller.call(&call).await.is_err());
    }
    assert!(resolver.asked.load(Ordering::SeqCst) >= 1_000);
    assert!(canary.accept().is_err(), "something connected to the canary");
}

#[tokio::test]
async fn plain_http_and_odd_ports_need_an_entry() {
    let resolver = Alternating::of(&[&["1.1.1.1"]]);
    let verdict = async |url: &str, egress: &Egress| match judge(url, egress) {
        Err(refused) => Err(refused.0),
        Ok(target) => addresses(&target, egress, resolver.as_ref()).await.map(|_| ()).map_err(|why| format!("{why:?}")),
    };
    let none = Egress::default();
    for (url, part) in [
        ("http://api.example/", "plain http"),
        ("https://api.example:8443/", "port 8443"),
        ("http://1.1.1.1/", "plain http"),
        ("https://1.1.1.1:22/", "port 22"),
    ] {
        let why = verdict(url, &none).await.expect_err(url);
        assert!(why.contains(part) && why.contains("--allow-egress"), "{why}");
    }
    assert_eq!(verdict("http://api.example/", &allowed(&["api.example"])).await, Ok(()));
    assert_eq!(verdict("https://api.example:8443/", &allowed(&["api.example:8443"])).await, Ok(()));
    assert!(verdict("https://api.example:8444/", &allowed(&["api.example:8443"])).await.is_err());
    assert_eq!(verdict("http://api.example:8080/", &allowed(&["1.1.1.0/24:8080"])).await, Ok(()));
    assert_eq!(verdict("http://API.example./", &allowed(&["api.example"])).await, Ok(()));
}

#[tokio::test]
async fn our_own_listener_is_refused_even_when_allowed() {
    let server = super::stub::Stub::start(|_| super::stub::Answer::status(200));
    let egress = Egress { own: vec![server.address], ..allowed(&["127.0.0.1", "localhost"]) };
    let caller = CallerBuilder { egress, ..CallerBuilder::default() }.build().expect("caller");
    for host in ["127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "localhost"] {
        let call = Call { method: "get".into(), url: format!("http://{host}:{}/", server.address.port()), ..Call::default() };
        let error = caller.call(&call).await.expect_err(host);
        assert!(matches!(error, CallError::Refused(_)), "{host}: {error:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn no_proxy_of_the_environment_is_used() {
    // The client is built with `no_proxy`; a proxy variable in the environment of a child proves it.
    let proxy = super::stub::Stub::start(|_| super::stub::Answer::status(200));
    let server = super::stub::Stub::start(|_| super::stub::Answer::of(200, "text/plain", "direct"));
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("flow.yaml");
    let yaml = format!(
        "document: {{dsl: 1.0.3, namespace: t, name: t, version: 1.0.0}}\ndo: [{{c: {{call: http, with: {{method: get, endpoint: '{}/x'}}}}}}]",
        server.origin()
    );
    std::fs::write(&file, yaml).expect("written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_signalbox"));
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, proxy.origin());
    }
    let done = command.arg("run").arg(&file).args(["--allow-egress", &server.address.to_string()]).output().expect("ran");
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "\"direct\"", "{}", String::from_utf8_lossy(&done.stderr));
    assert!(proxy.seen().is_empty());
}

/// A header that carries a credential is treated like `Authorization`: it stays with its origin and in no record.
#[tokio::test]
async fn a_credential_in_a_header_of_its_own_stays_with_its_origin() {
    let other = Stub::start(|request| Answer::json(json!({"key": request.header("x-key")})));
    let to = other.origin();
    let first = Stub::start(move |request| match request.target.as_str() {
        "/away" => Answer::to(302, &format!("{to}/there")),
        _ => Answer::json(json!({"key": request.header("x-key")})),
    });
    let allowed: Vec<Allowed> = [first.address, other.address].iter().map(|a| a.to_string().parse().expect("an entry")).collect();
    let caller = CallerBuilder { egress: Egress { allowed, own: Vec::new() }, ..CallerBuilder::default() }.build().expect("a caller");
    let call = |path: &str| Call {
        method: "get".into(),
        url: format!("{}{path}", first.origin()),
        credentials: vec![("X-Key".into(), "hunter2".into())],
        redirect: true,
        ..Call::default()
    };
    let here = caller.call(&call("/here")).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&here.body), "{\"key\":\"hunter2\"}");
    assert!(here.request_headers.iter().all(|(name, value)| name != "x-key" && value != "hunter2"), "{:?}", here.request_headers);
    let away = caller.call(&call("/away")).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&away.body), "{\"key\":null}");
}
