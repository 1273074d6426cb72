use super::*;
use actix_session::SessionMiddleware;
use actix_session::storage::SessionStore as _;
use actix_web::cookie::{Cookie, Key};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse};

use crate::web::session::tests::{MemoryRows, sessions};

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(n, v)| (header::HeaderName::from_static(n), v.parse().unwrap())).collect()
}

#[test]
fn only_the_same_origin_passes() {
    let ours = PublicOrigins(vec!["https://console.example".to_owned()]);
    for (given, verdict) in [
        (headers(&[("sec-fetch-site", "same-origin")]), Ok(())),
        (headers(&[("sec-fetch-site", "same-site")]), Err(Refusal::OtherSite)),
        (headers(&[("sec-fetch-site", "cross-site"), ("origin", "https://console.example")]), Err(Refusal::OtherSite)),
        (headers(&[("sec-fetch-site", "none")]), Err(Refusal::OtherSite)),
        (headers(&[("origin", "https://console.example")]), Ok(())),
        (headers(&[("origin", "https://console.example.evil")]), Err(Refusal::OtherSite)),
        (headers(&[("origin", "null")]), Err(Refusal::OtherSite)),
        (headers(&[]), Err(Refusal::NoOrigin)),
    ] {
        assert_eq!(check_origin(&given, &ours), verdict, "{given:?}");
    }
}

#[test]
fn tokens_are_fresh_and_compared_whole() {
    let (a, b) = (token().unwrap(), token().unwrap());
    assert_ne!(a, b);
    assert_eq!(a.len(), 43);
    assert_eq!(check_token(Some(&a), Some(&a)), Ok(()));
    for (e, g) in [
        (Some(a.as_str()), Some(b.as_str())),
        (Some(&a), None),
        (None, Some(&a)),
        (None, None),
        (Some(""), Some("")),
        (Some(&a), Some(&a[..42])),
    ] {
        assert_eq!(check_token(e, g), Err(Refusal::Token));
    }
    assert_ne!(form_token("x"), form_token("y"));
}

#[actix_web::test]
async fn a_change_needs_origin_token_and_a_form_and_the_handler_still_gets_its_body() {
    let rows = MemoryRows::default();
    let key = Key::generate();
    let store = sessions(&rows);
    let state = [("user".to_owned(), "\"usr_1\"".to_owned()), (SESSION_KEY.to_owned(), "\"right\"".to_owned())].into();
    let id: String = store.save(state, &actix_web::cookie::time::Duration::hours(8)).await.unwrap().into();
    let app = init_service(
        App::new()
            .app_data(web::Data::new(PublicOrigins(vec!["http://localhost".to_owned()])))
            .route("/act", web::post().to(|body: web::Bytes| async move { HttpResponse::Ok().body(body) }))
            .route("/act", web::get().to(HttpResponse::Ok))
            .wrap(from_fn(middleware))
            .wrap(SessionMiddleware::builder(store, key.clone()).cookie_name("console_session".to_owned()).build()),
    )
    .await;
    let mut jar = actix_web::cookie::CookieJar::new();
    jar.private_mut(&key).add(Cookie::new("console_session", id));
    let cookie = jar.get("console_session").unwrap().clone();
    let post = |token: &str| {
        TestRequest::post()
            .uri("/act")
            .cookie(cookie.clone())
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(format!("a=1&csrf={token}"))
    };
    let good = call_service(&app, post("right").to_request()).await;
    assert_eq!(good.status(), 200);
    assert_eq!(read_body(good).await, "a=1&csrf=right");
    for refused in [
        post("wrong"),
        post(""),
        post("right").insert_header(("sec-fetch-site", "cross-site")),
        post("right").insert_header(("content-type", "text/plain")),
        TestRequest::post()
            .uri("/act")
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload("csrf=right"),
    ] {
        assert_eq!(call_service(&app, refused.to_request()).await.status(), 403);
    }
    assert_eq!(call_service(&app, TestRequest::get().uri("/act").to_request()).await.status(), 200);
}

#[actix_web::test]
async fn before_sign_in_the_form_cookie_stands_for_the_session() {
    let rows = MemoryRows::default();
    let app = init_service(
        App::new()
            .route("/sign-in", web::post().to(HttpResponse::Ok))
            .wrap(from_fn(middleware))
            .wrap(SessionMiddleware::new(sessions(&rows), Key::generate())),
    )
    .await;
    for (cookie, token, status) in [("abc", form_token("abc"), 200), ("abc", form_token("abd"), 403), ("abc", String::new(), 403)] {
        let request = TestRequest::post()
            .uri("/sign-in")
            .cookie(Cookie::new(FORM_COOKIES[0], cookie))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(format!("csrf={token}"));
        assert_eq!(call_service(&app, request.to_request()).await.status(), status);
    }
}
