use hyper::Method;
use serde_json::json;
use thaiyyal_testkit::http::{Answer, Client};

use crate::support::{PASSWORD, Server, Setup, adding, problem, send};

/// The `Cookie` header a browser would send back.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.with_key(None).post("/api/v1/auth/login", &json!({"email": email, "password": password})).await.unwrap()
}

#[tokio::test]
async fn signing_in_opens_a_session_that_works_until_signing_out() {
    let server = Server::start().await;
    let browser = server.owner.with_key(None);
    let answer = login(&browser, "OWNER@first.test", PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let set = answer.header("set-cookie").unwrap().to_owned();
    for part in ["thaiyyal_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "plain HTTP: {set}");
    let me = answer.json().unwrap();
    assert_eq!(me["user"]["email"], "owner@first.test");
    assert_eq!(me["tenant"]["name"], "The first tenant");
    assert!(me["permissions"].as_array().unwrap().contains(&json!("workflows:write")));

    let cookie = cookie(&answer);
    let token = me["csrf_token"].as_str().unwrap();
    let read = browser.send(Method::GET, "/api/v1/auth/me", &[("cookie", &cookie)], None).await.unwrap();
    assert_eq!((read.status.as_u16(), read.json().unwrap()), (200, me.clone()));
    let out = send(&browser, "POST", "/api/v1/auth/logout", &[("cookie", &cookie), ("x-csrf-token", token)], "").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    let after = browser.send(Method::GET, "/api/v1/auth/me", &[("cookie", &cookie)], None).await.unwrap();
    assert_eq!(problem(&after), (401, "unauthenticated".into()));
}

#[tokio::test]
async fn a_session_changes_something_only_from_our_own_page() {
    let server = Server::start().await;
    let browser = server.owner.with_key(None);
    let answer = login(&browser, "owner@first.test", PASSWORD).await;
    let cookie = cookie(&answer);
    let me = answer.json().unwrap();
    let token = me["csrf_token"].as_str().unwrap();
    let body = json!({"name": "x", "definition": adding()}).to_string();
    let post = async |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str())];
        all.extend_from_slice(headers);
        send(&browser, "POST", "/api/v1/workflows", &all, body.clone()).await
    };
    let refused = (403, "csrf_failed".to_owned());
    assert_eq!(problem(&post(&[]).await), refused);
    assert_eq!(problem(&post(&[("x-csrf-token", "nonsense")]).await), refused);
    for site in ["cross-site", "same-site"] {
        assert_eq!(problem(&post(&[("x-csrf-token", token), ("sec-fetch-site", site)]).await), refused, "{site}");
    }
    for origin in ["https://evil.test", "null", "http://127.0.0.1"] {
        assert_eq!(problem(&post(&[("x-csrf-token", token), ("origin", origin)]).await), refused, "{origin}");
    }
    assert_eq!(post(&[("x-csrf-token", token)]).await.status, 201);
    assert_eq!(post(&[("x-csrf-token", token), ("sec-fetch-site", "same-origin")]).await.status, 201);
    assert_eq!(post(&[("x-csrf-token", token), ("origin", browser.base())]).await.status, 201);
    let foreign = [("sec-fetch-site", "cross-site")];
    let body = json!({"email": "owner@first.test", "password": PASSWORD}).to_string();
    assert_eq!(problem(&send(&browser, "POST", "/api/v1/auth/login", &foreign, body).await), refused);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let server = Server::start().await;
    let wrong = login(&server.owner, "owner@first.test", "not the password").await;
    let unknown = login(&server.owner, "nobody@first.test", PASSWORD).await;
    let huge = login(&server.owner, "owner@first.test", &"x".repeat(2_000)).await;
    let shown = |answer: &Answer| {
        let mut body = answer.json().unwrap();
        body["request_id"] = json!(null);
        (answer.status, body)
    };
    assert_eq!(problem(&wrong), (401, "invalid_credentials".into()));
    assert_eq!(shown(&wrong), shown(&unknown));
    assert_eq!(shown(&wrong), shown(&huge));
    assert!(wrong.header("set-cookie").is_none());
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let server = Server::start().await;
    let browser = server.owner.with_key(None);
    let token = server.link().await;
    let first = browser.post("/api/v1/auth/link", &json!({"token": token})).await.unwrap();
    assert_eq!(first.status, 200);
    assert_eq!(first.json().unwrap()["user"]["email"], "owner@first.test");
    assert!(first.header("set-cookie").is_some());
    let second = browser.post("/api/v1/auth/link", &json!({"token": token})).await.unwrap();
    assert_eq!(problem(&second), (401, "invalid_link".into()));
    let made_up = browser.post("/api/v1/auth/link", &json!({"token": "0".repeat(64)})).await.unwrap();
    assert_eq!(problem(&made_up), (401, "invalid_link".into()));
}

#[tokio::test]
async fn over_https_the_cookie_is_for_this_host_only_and_the_browser_stays_on_it() {
    let mut setup = Setup::default();
    setup.settings.public_url = Some("https://flows.example.test".parse().unwrap());
    let server = setup.start().await;
    let answer = login(&server.owner, "owner@first.test", PASSWORD).await;
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-thaiyyal_session=") && set.contains("Secure"), "{set}");
    assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age=31536000"));
    let cookie = cookie(&answer);
    let me = answer.json().unwrap();
    let headers =
        [("cookie", cookie.as_str()), ("x-csrf-token", me["csrf_token"].as_str().unwrap()), ("origin", "https://flows.example.test")];
    assert_eq!(send(&server.owner.with_key(None), "POST", "/api/v1/auth/logout", &headers, "").await.status, 204);
}

#[tokio::test]
async fn a_key_tells_on_whose_behalf_it_acts() {
    let server = Server::start().await;
    let me = server.owner.get("/api/v1/auth/me").await.unwrap().json().unwrap();
    assert_eq!(me["user"]["id"], server.tenant.user.to_string());
    assert_eq!(me["tenant"]["id"], server.tenant.id.to_string());
    assert_eq!(me["csrf_token"], json!(null));
    for header in ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer nonsense", "thy_x_y"] {
        let answer = server.owner.with_key(None).send(Method::GET, "/api/v1/auth/me", &[("authorization", header)], None).await.unwrap();
        assert_eq!(problem(&answer), (401, "unauthenticated".into()), "{header}");
    }
}
