mod server;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use thaiyyal_model::{TenantId, TenantScope};
use uuid::Uuid;

use super::connect::Resolve;
use super::{Ask, Error, Outbound, Reply, Target};
use crate::Settings;
use server::{Server, Then};

/// Names as a test wants them, and how often they were asked for.
#[derive(Default)]
struct Names {
    addresses: HashMap<&'static str, Vec<IpAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.get(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
}

fn names(names: &[(&'static str, &[&str])]) -> Arc<Names> {
    let addresses = names.iter().map(|(name, addresses)| (*name, addresses.iter().map(|address| address.parse().unwrap()).collect()));
    Arc::new(Names { addresses: addresses.collect(), asked: AtomicUsize::new(0) })
}

/// Only this machine's first address is allowed.
fn here() -> Settings {
    Settings { allowed_networks: vec!["127.0.0.1/32".parse().unwrap()], ..Settings::default() }
}

#[expect(clippy::disallowed_methods, reason = "a test may act for anyone")]
fn tenant(number: u128) -> TenantScope {
    TenantScope::assume(TenantId::from_uuid(Uuid::from_u128(number)))
}

fn get(url: &str) -> Ask {
    Ask {
        method: Method::GET,
        target: Target::parse(url).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(20),
        follow_redirects: true,
        repeatable: true,
        overflow: None,
    }
}

fn post(url: &str, body: &'static str) -> Ask {
    Ask { method: Method::POST, body: Bytes::from_static(body.as_bytes()), repeatable: false, ..get(url) }
}

async fn send(settings: &Settings, ask: Ask) -> Result<Reply, Error> {
    Outbound::new(settings).unwrap().send(&tenant(1), ask).await
}

fn ok(body: &str) -> (Vec<u8>, Then) {
    (format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes(), Then::Stay)
}

fn redirect(status: u16, location: &str) -> (Vec<u8>, Then) {
    (format!("HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes(), Then::Stay)
}

#[tokio::test]
async fn an_answer_is_read_to_its_end_however_it_is_framed() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/length" => ok("hello"),
        "/chunked" => (b"HTTP/1.1 201 Made\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n".to_vec(), Then::Stay),
        _ => (b"HTTP/1.1 200 OK\r\nx-one: 1\r\n\r\nhello".to_vec(), Then::Close),
    })
    .await;
    for (path, status) in [("/length", 200), ("/chunked", 201), ("/until-close?a=b%20c", 200)] {
        let reply = send(&here(), get(&server.url(path))).await.unwrap();
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (status, &b"hello"[..]), "{path}");
    }
    assert!(server.requests()[2].starts_with("GET /until-close?a=b%20c HTTP/1.1\r\n"));
    let head = Ask { method: Method::HEAD, ..get(&server.url("/length")) };
    assert!(send(&here(), head).await.unwrap().body.is_empty());
}

#[tokio::test]
async fn addresses_of_this_machine_are_refused_however_they_are_written() {
    let server = Server::start(|_| ok("secret")).await;
    let port = server.address.port();
    let hosts = ["127.0.0.1", "[::1]", "[::]", "0.0.0.0", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "localhost", "internal.example"];
    let names = names(&[("localhost", &["127.0.0.1"]), ("internal.example", &["127.0.0.1"])]);
    let outbound = Outbound::with_resolver(&Settings::default(), names).unwrap();
    for host in hosts {
        let refused = outbound.send(&tenant(1), get(&format!("http://{host}:{port}/"))).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{host}: {refused:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_is_enough_to_refuse_a_name() {
    let server = Server::start(|_| ok("hello")).await;
    let names = names(&[("mixed.example", &["127.0.0.1", "10.0.0.1"]), ("six.example", &["127.0.0.1", "::ffff:169.254.169.254"])]);
    let outbound = Outbound::with_resolver(&here(), names).unwrap();
    for host in ["mixed.example", "six.example"] {
        let refused = outbound.send(&tenant(1), get(&format!("http://{host}:{}/", server.address.port()))).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_is_resolved_once_and_that_address_is_connected_to() {
    let server = Server::start(|_| ok("hello")).await;
    let names = names(&[("api.example", &["127.0.0.1"])]);
    let outbound = Outbound::with_resolver(&here(), names.clone()).unwrap();
    let url = format!("http://API.example.:{}/", server.address.port());
    outbound.send(&tenant(1), get(&url)).await.unwrap();
    assert_eq!((names.asked.load(Ordering::SeqCst), server.connections()), (1, 1));
    assert!(server.requests()[0].contains(&format!("host: api.example:{}\r\n", server.address.port())));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let server = Server::start(|_| ok("hello")).await;
    let names = names(&[("api.example", &["127.0.0.2", "127.0.0.1"]), ("down.example", &["127.0.0.2"])]);
    let settings = Settings { allow_private_network: true, ..Settings::default() };
    let outbound = Outbound::with_resolver(&settings, names).unwrap();
    let port = server.address.port();
    outbound.send(&tenant(1), get(&format!("http://api.example:{port}/"))).await.unwrap();
    for host in ["down.example", "unknown.example"] {
        let unreachable = outbound.send(&tenant(1), get(&format!("http://{host}:{port}/"))).await;
        assert!(matches!(unreachable, Err(Error::Connect(_))), "{unreachable:?}");
    }
}

#[tokio::test]
async fn hosts_ports_and_names_of_metadata_services_are_refused_by_rule() {
    let server = Server::start(|_| ok("hello")).await;
    let names = names(&[("api.example", &["127.0.0.1"]), ("metadata.google.internal", &["127.0.0.1"])]);
    let port = server.address.port();
    let refused = async |settings: &Settings, host: &str| {
        let outbound = Outbound::with_resolver(settings, names.clone()).unwrap();
        matches!(outbound.send(&tenant(1), get(&format!("http://{host}:{port}/"))).await, Err(Error::Refused(_)))
    };
    assert!(!refused(&here(), "api.example").await);
    assert!(refused(&here(), "metadata.google.internal").await);
    assert!(refused(&Settings { allowed_ports: vec![443], ..here() }, "api.example").await);
    assert!(!refused(&Settings { allowed_ports: vec![port], ..here() }, "api.example").await);
    assert!(refused(&Settings { allowed_hosts: vec!["other.example".to_owned()], ..here() }, "api.example").await);
    assert!(!refused(&Settings { allowed_hosts: vec!["api.example".to_owned()], ..here() }, "api.example").await);
}

#[tokio::test]
async fn a_redirect_is_checked_like_a_new_request() {
    let inside = Server::on([127, 0, 0, 2].into(), 0, |_| ok("secret")).await;
    let leads_to = inside.url("/admin");
    let server = Server::start(move |request| {
        let path = request.split(' ').nth(1).unwrap();
        match path {
            "/address" => redirect(302, &leads_to),
            "/scheme" => redirect(302, "file:///etc/passwd"),
            "/user" => redirect(302, "http://user:secret@127.0.0.1/"),
            "/spelling" => redirect(302, "http://2130706433/"),
            "/host" => redirect(302, "http://other.example/"),
            _ => redirect(302, path),
        }
    })
    .await;
    let refused = send(&here(), get(&server.url("/address"))).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(inside.connections(), 0);
    for path in ["/scheme", "/user", "/spelling"] {
        let refused = send(&here(), get(&server.url(path))).await;
        assert!(matches!(refused, Err(Error::Url(_))), "{path}: {refused:?}");
    }
    let only_here = Settings { allowed_hosts: vec!["127.0.0.1".to_owned()], ..here() };
    assert!(matches!(send(&only_here, get(&server.url("/host"))).await, Err(Error::Refused(_))));
    let before = server.requests().len();
    assert!(matches!(send(&Settings { max_redirects: 3, ..here() }, get(&server.url("/again"))).await, Err(Error::Redirects(3))));
    assert_eq!(server.requests().len() - before, 4);
    assert!(matches!(send(&Settings { max_redirects: 99, ..here() }, get(&server.url("/again"))).await, Err(Error::Redirects(10))));
    let stay = Ask { follow_redirects: false, ..get(&server.url("/address")) };
    assert_eq!(send(&here(), stay).await.unwrap().status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_redirect_keeps_or_drops_method_body_and_credentials() {
    let other = Server::start(|_| ok("other")).await;
    let elsewhere = other.url("/x");
    let server = Server::start(move |request| match request.split(' ').nth(1).unwrap() {
        "/303" => redirect(303, "/end"),
        "/302" => redirect(302, "/end"),
        "/307" => redirect(307, "/end"),
        "/elsewhere" => redirect(307, &elsewhere),
        _ => ok("end"),
    })
    .await;
    let headers = [(AUTHORIZATION, "Bearer t0p"), (HeaderName::from_static("x-api-key"), "t0p"), (hyper::header::ACCEPT, "text/plain")];
    let headers: HeaderMap = headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    for (path, method, body) in [("/303", "GET", ""), ("/302", "GET", ""), ("/307", "POST", "data")] {
        let ask = Ask { headers: headers.clone(), ..post(&server.url(path), "data") };
        assert_eq!(&send(&here(), ask).await.unwrap().body[..], b"end");
        let last = server.requests().pop().unwrap();
        assert!(last.starts_with(&format!("{method} /end ")) && last.ends_with(&format!("\r\n\r\n{body}")), "{last}");
        assert!(last.contains("authorization: Bearer t0p") && last.contains("x-api-key: t0p"), "{last}");
    }
    let ask = Ask { headers, ..post(&server.url("/elsewhere"), "data") };
    assert_eq!(&send(&here(), ask).await.unwrap().body[..], b"other");
    let last = other.requests().pop().unwrap();
    assert!(last.starts_with("POST /x ") && last.contains("accept: text/plain") && !last.contains("t0p"), "{last}");
}

#[tokio::test]
async fn answers_are_bounded_in_bytes() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/fits" => ok(&"x".repeat(1_000)),
        "/announced" => ok(&"x".repeat(1_001)),
        "/endless" => (
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}",
                "3e8\r\n".to_owned() + &"x".repeat(1_000) + "\r\n1\r\nx\r\n"
            )
            .into_bytes(),
            Then::Hang,
        ),
        "/headers" => (format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(1_000_000)).into_bytes(), Then::Close),
        "/many" => (format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", "a: b\r\n".repeat(200)).into_bytes(), Then::Close),
        _ => (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08".to_vec(), Then::Stay),
    })
    .await;
    let settings = Settings { max_response_bytes: 1_000, ..here() };
    let ask = async |path: &str| send(&settings, get(&server.url(path))).await;
    assert_eq!(ask("/fits").await.unwrap().body.len(), 1_000);
    assert!(matches!(ask("/announced").await, Err(Error::TooLarge { limit: 1_000 })));
    assert!(matches!(ask("/endless").await, Err(Error::TooLarge { limit: 1_000 })));
    let headers = ask("/headers").await;
    assert!(matches!(headers, Err(Error::Broken { .. })), "{headers:?}");
    assert!(matches!(ask("/many").await, Err(Error::Broken { .. })));
    assert!(matches!(ask("/zipped").await, Err(Error::Encoded(encoding)) if encoding == "gzip"));
    assert!(server.requests().iter().all(|request| request.contains("accept-encoding: identity")));
}

#[tokio::test]
async fn answers_are_bounded_in_time() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/head" => (Vec::new(), Then::Hang),
        _ => (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(), Then::Hang),
    })
    .await;
    for path in ["/head", "/body"] {
        let ask = Ask { timeout: Duration::from_millis(200), ..get(&server.url(path)) };
        assert!(matches!(send(&here(), ask).await, Err(Error::Timeout(_))), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_complete_http_answer_is_told() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/garbage" => (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), Then::Close),
        "/cut" => (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(), Then::Close),
        "/both" => (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nhello".to_vec(), Then::Close),
        _ => (Vec::new(), Then::Close),
    })
    .await;
    for path in ["/garbage", "/cut", "/both", "/nothing"] {
        let broken = send(&here(), get(&server.url(path))).await;
        assert!(matches!(broken, Err(Error::Broken { .. })), "{path}: {broken:?}");
    }
}

#[tokio::test]
async fn a_tenant_uses_its_connections_again_and_shares_them_with_nobody() {
    let server = Server::start(|_| ok("hello")).await;
    let outbound = Outbound::new(&here()).unwrap();
    for _ in 0..10 {
        outbound.send(&tenant(1), get(&server.url("/"))).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    outbound.send(&tenant(2), get(&server.url("/"))).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_dead_idle_connection_is_replaced_when_a_repetition_does_no_harm() {
    let answered = AtomicUsize::new(0);
    // Each connection answers once; the next request on it finds it closing.
    let server =
        Server::start(move |request| match request.starts_with("GET /first") || answered.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
            true => ok("hello"),
            false => (Vec::new(), Then::Close),
        })
        .await;
    let outbound = Outbound::new(&here()).unwrap();
    outbound.send(&tenant(1), get(&server.url("/first"))).await.unwrap();
    let again = Ask { repeatable: true, ..post(&server.url("/second"), "data") };
    assert_eq!(&outbound.send(&tenant(1), again).await.unwrap().body[..], b"hello");
    assert_eq!(server.connections(), 2);
    let once = outbound.send(&tenant(1), post(&server.url("/third"), "data")).await;
    assert!(matches!(once, Err(Error::Broken { .. })), "{once:?}");
    assert_eq!(server.requests().iter().filter(|request| request.starts_with("POST /third")).count(), 1);
}

#[tokio::test]
async fn calls_of_one_tenant_wait_for_their_turn_and_those_of_others_do_not() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/slow" => (Vec::new(), Then::Hang),
        _ => ok("hello"),
    })
    .await;
    let outbound = Outbound::new(&Settings { concurrent_per_tenant: 1, ..here() }).unwrap();
    let one = tenant(1);
    let slow = outbound.send(&one, Ask { timeout: Duration::from_secs(2), ..get(&server.url("/slow")) });
    let waiting = outbound.send(&one, Ask { timeout: Duration::from_millis(300), ..get(&server.url("/quick")) });
    let two = tenant(2);
    let other = outbound.send(&two, get(&server.url("/quick")));
    let (slow, waiting, other) = tokio::join!(slow, waiting, other);
    assert!(matches!((slow, waiting), (Err(Error::Timeout(_)), Err(Error::Timeout(_)))));
    assert!(other.is_ok());
    assert_eq!(server.requests().iter().filter(|request| request.contains("/quick")).count(), 1);
}

#[tokio::test]
async fn certificates_are_checked_against_the_name_and_the_known_authorities() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let chain = vec![CertificateDer::from_pem_file(directory.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(directory.join("server.key")).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let server = Server::with_tls(tls, |_| ok("hello")).await;
    let names = names(&[("api.example.com", &["127.0.0.1"]), ("other.example.com", &["127.0.0.1"])]);
    let port = server.address.port();
    let ask = async |settings: &Settings, host: &str| {
        let outbound = Outbound::with_resolver(settings, names.clone()).unwrap();
        outbound.send(&tenant(1), get(&format!("https://{host}:{port}/"))).await
    };
    let trusting = Settings { ca_file: Some(directory.join("ca.pem")), ..here() };
    assert_eq!(&ask(&trusting, "api.example.com").await.unwrap().body[..], b"hello");
    assert!(matches!(ask(&trusting, "other.example.com").await, Err(Error::Connect(_))));
    assert!(matches!(ask(&here(), "api.example.com").await, Err(Error::Connect(_))));
    let missing = Settings { ca_file: Some(directory.join("none.pem")), ..here() };
    assert!(Outbound::new(&missing).is_err());
}

#[tokio::test]
async fn errors_tell_hosts_but_no_paths_or_queries() {
    let server = Server::start(|_| (Vec::new(), Then::Close)).await;
    for settings in [here(), Settings::default()] {
        let error = send(&settings, get(&server.url("/path-s3cret?token=s3cret"))).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}
