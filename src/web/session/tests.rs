use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::*;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};

/// Rows in memory, with the clock beside them.
#[derive(Clone, Default)]
pub(crate) struct MemoryRows {
    rows: Rc<RefCell<HashMap<String, SessionRow>>>,
    now: Rc<Cell<i64>>,
}

impl SessionRows for MemoryRows {
    async fn load(&self, id_hash: &str) -> Result<Option<SessionRow>, RowsError> {
        Ok(self.rows.borrow().get(id_hash).cloned())
    }
    async fn save(&self, row: SessionRow) -> Result<(), RowsError> {
        self.rows.borrow_mut().insert(row.id_hash.clone(), row);
        Ok(())
    }
    async fn update(&self, id_hash: &str, state: &str) -> Result<bool, RowsError> {
        Ok(self.rows.borrow_mut().get_mut(id_hash).map(|r| r.state = state.to_owned()).is_some())
    }
    async fn touch(&self, id_hash: &str, at: i64) -> Result<(), RowsError> {
        if let Some(row) = self.rows.borrow_mut().get_mut(id_hash) {
            row.last_seen_at = at;
        }
        Ok(())
    }
    async fn delete(&self, id_hash: &str) -> Result<(), RowsError> {
        self.rows.borrow_mut().remove(id_hash);
        Ok(())
    }
}

pub(crate) fn sessions(rows: &MemoryRows) -> Sessions<MemoryRows> {
    let now = rows.now.clone();
    Sessions::new(rows.clone(), move || now.get())
}

fn signed_in() -> HashMap<String, String> {
    [(keys::USER, "\"usr_1\""), (keys::IDLE, "1800"), (keys::ADDRESS, "\"192.0.2.1\"")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

const TTL: Duration = Duration::hours(8);

#[actix_web::test]
async fn only_the_hash_is_kept_and_it_names_the_row() {
    let rows = MemoryRows::default();
    let store = sessions(&rows);
    let key = store.save(signed_in(), &TTL).await.unwrap();
    let cookie: &str = key.as_ref();
    assert_eq!(cookie.len(), 43);
    let row = rows.rows.borrow().values().next().unwrap().clone();
    assert_eq!((row.id_hash.as_str(), row.user_id.as_str(), row.address.as_str()), (id_hash(cookie).as_str(), "usr_1", "192.0.2.1"));
    assert!(!format!("{row:?}").contains(cookie));
    let state = store.load(&key).await.unwrap().unwrap();
    assert_eq!(state[keys::SELF], format!("\"{}\"", row.id_hash));
    assert!(!row.state.contains(keys::SELF));
}

#[actix_web::test]
async fn idle_and_absolute_limits_end_it_and_remove_the_row() {
    for (steps, alive) in [(vec![1799], true), (vec![1800], false), (vec![1700; 16], true), (vec![1700; 17], false)] {
        let rows = MemoryRows::default();
        let store = sessions(&rows);
        let key = store.save(signed_in(), &TTL).await.unwrap();
        let mut found = true;
        for step in steps {
            rows.now.set(rows.now.get() + step * SECOND);
            found = store.load(&key).await.unwrap().is_some();
            rows.touch(&id_hash(key.as_ref()), rows.now.get()).await.unwrap();
        }
        assert_eq!(found, alive);
        assert_eq!(rows.rows.borrow().len(), usize::from(alive));
    }
}

#[test]
fn polling_is_not_activity_and_notes_are_a_minute_apart() {
    let minute = 60 * SECOND;
    assert!(counts("", 0, minute));
    assert!(!counts("", 0, minute - 1));
    assert!(!counts("part=matrix&poll=1", 0, 10 * minute));
    assert!(counts("part=matrix", 0, 10 * minute));
}

#[actix_web::test]
async fn a_session_ended_elsewhere_is_not_brought_back_by_a_late_update() {
    let rows = MemoryRows::default();
    let store = sessions(&rows);
    let key = store.save(signed_in(), &TTL).await.unwrap();
    store.delete(&key).await.unwrap();
    store.update(SessionKey::try_from(key.as_ref().to_owned()).unwrap(), signed_in(), &TTL).await.unwrap();
    assert!(store.load(&key).await.unwrap().is_none());
}

#[actix_web::test]
async fn visitors_leave_no_row() {
    let rows = MemoryRows::default();
    sessions(&rows).save([("flash".to_owned(), "1".to_owned())].into(), &TTL).await.unwrap();
    assert!(rows.rows.borrow().is_empty());
}

#[actix_web::test]
async fn the_cookie_has_the_promised_attributes_and_changes_at_sign_in() {
    for (secure, name) in [(true, "__Host-console_session"), (false, "console_session")] {
        let rows = MemoryRows::default();
        let app = init_service(
            App::new()
                .route(
                    "/",
                    web::get().to(|session: Session| async move {
                        session.renew();
                        session.insert(keys::USER, "usr_1").unwrap();
                        HttpResponse::Ok().finish()
                    }),
                )
                .wrap(middleware(sessions(&rows), Key::generate(), secure)),
        )
        .await;
        let first = call_service(&app, TestRequest::get().uri("/").to_request()).await;
        let cookie = first.response().cookies().next().unwrap().into_owned();
        assert_eq!(cookie.name(), name);
        assert_eq!(
            (cookie.http_only(), cookie.same_site(), cookie.path(), cookie.max_age(), cookie.domain()),
            (Some(true), Some(SameSite::Lax), Some("/"), None, None)
        );
        assert_eq!(cookie.secure().unwrap_or(false), secure);
        let second = call_service(&app, TestRequest::get().uri("/").cookie(cookie.clone()).to_request()).await;
        assert_ne!(second.response().cookies().next().unwrap().value(), cookie.value());
        assert_eq!(rows.rows.borrow().len(), 1, "the old row is gone");
    }
}
