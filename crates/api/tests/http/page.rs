//! The web page and the headers around everything.

use hyper::Method;

use crate::support::Server;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";

#[tokio::test]
async fn addresses_of_the_page_get_the_page_and_files_that_are_gone_do_not() {
    let server = Server::start().await;
    let nobody = server.owner.with_key(None);
    for path in ["/", "/index.html", "/workflows/5", "/executions"] {
        let answer = nobody.get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        let tag = answer.header("etag").unwrap();
        let again = nobody.send(Method::GET, path, &[("if-none-match", tag)], None).await.unwrap();
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
    }
    let head = nobody.send(Method::HEAD, "/", &[], None).await.unwrap();
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(nobody.get("/assets/gone-12345678.js").await.unwrap().status, 404);
    for path in ["/../Cargo.toml", "/assets/../../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        let answer = nobody.get(path).await.unwrap();
        assert!(!String::from_utf8_lossy(&answer.body).contains("[package]"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let server = Server::start().await;
    let nobody = server.owner.with_key(None);
    for path in ["/", "/api/docs", "/health/live", "/api/v1/workflows", "/api/v1/nothing", "/assets/gone.js"] {
        let answer = nobody.get(path).await.unwrap();
        assert_eq!(answer.header("content-security-policy"), Some(CSP), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("strict-transport-security").is_none(), "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
        assert!(answer.header("server").is_none(), "{path}");
    }
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_is_replaced() {
    let server = Server::start().await;
    let sent = async |id: &str| {
        let answer = server.owner.send(Method::GET, "/health/live", &[("x-request-id", id)], None).await.unwrap();
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(sent("abc-123_4.5:6").await, "abc-123_4.5:6");
    for bad in ["", "with space", "<script>", &"x".repeat(129), "a,b"] {
        let got = sent(bad).await;
        assert!(got != bad && got.len() == 36, "{bad:?} became {got}");
    }
}
