//! Now, kept fresh: the part of the page that changes, and the stream that says when it did.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, ContentEncoding};
use actix_web::web::{Bytes, Data};
use futures_util::stream::{Stream, unfold};
use tokio::sync::watch;

use super::live::PAUSE;
use super::now::{self, choose};
use super::pages::{Which, asked_day};
use crate::app::App;
use crate::db::Id;
use crate::error::Result;
use crate::templates::attendance as view;
use crate::web::{Here, Query};

/// A line now and then tells proxies and the server itself whether the other side is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// `GET /now/part`: what of Now changes, without the page around it.
///
/// # Errors
/// `NotFound` for a branch out of reach; 422 for no date.
pub async fn part(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (branch, day) = asked_day(which.0)?;
    let (user, moment) = (here.user()?.clone(), here.app.clock.now());
    let marks = here.app.live.marks();
    let read = here.app.db.read(move |conn| now::load(conn, &user, branch.as_deref(), day, moment)).await;
    let (branch, read) = read?;
    let body = view::now_part(here.lang(), &read, here.csrf(), &marks.of(branch));
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body.into_string()))
}

/// `GET /now/events`: server-sent events; each carries a mark, and another mark means that something changed.
///
/// # Errors
/// `NotFound` for a branch out of reach. 204 where too many watch: a browser does not ask again at once then.
pub async fn events(here: Here, which: Query<Which>) -> Result<HttpResponse> {
    let (branch, _) = asked_day(which.0)?;
    let user = here.user()?.clone();
    let id = user.id;
    let branch = here.app.db.read(move |conn| Ok(choose(conn, &user, branch.as_deref())?.chosen.id)).await?;
    // Full is no failure: the browser asks for the part by itself now and then, and for the stream again later.
    let Ok(stop) = here.app.live.enter(id) else { return Ok(HttpResponse::NoContent().finish()) };
    let until = Instant::now() + Duration::from_secs(here.app.settings.live_seconds);
    let place = Place { app: here.app.clone(), user: id };
    let watcher = Watcher { place, branch, stop, until, mark: None, said: Instant::now() };
    // Compressed, an event would wait for the next ones.
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header(("x-accel-buffering", "no"))
        .insert_header(ContentEncoding::Identity)
        .streaming(stream(watcher)))
}

/// A place among those who watch; given back when the stream is dropped.
struct Place {
    app: Data<App>,
    user: Id,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.app.live.leave(self.user);
    }
}

struct Watcher {
    place: Place,
    branch: Id,
    stop: watch::Receiver<bool>,
    /// The session is judged anew with each stream, so none lasts for ever.
    until: Instant,
    mark: Option<String>,
    said: Instant,
}

impl Watcher {
    /// What to say next; none: the stream ends.
    async fn next(&mut self) -> Option<String> {
        let live = &self.place.app.live;
        let first = self.mark.is_none();
        loop {
            if *self.stop.borrow() {
                return None;
            }
            if self.mark.is_some() {
                let left = self.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return None;
                }
                tokio::select! {
                    () = tokio::time::sleep(PAUSE.min(left)) => {}
                    _ = self.stop.changed() => return None,
                }
            }
            if let Err(error) = live.look(&self.place.app.db).await {
                tracing::warn!(%error, "no look at what changed");
                return None;
            }
            let mark = live.mark(self.branch);
            if self.mark.as_ref() != Some(&mark) {
                let text = format!("{}event: mark\ndata: {mark}\n\n", if first { "retry: 4000\n" } else { "" });
                (self.mark, self.said) = (Some(mark), Instant::now());
                return Some(text);
            }
            if self.said.elapsed() >= SIGN_OF_LIFE {
                self.said = Instant::now();
                return Some(":\n\n".to_owned());
            }
        }
    }
}

fn stream(watcher: Watcher) -> impl Stream<Item = std::result::Result<Bytes, std::convert::Infallible>> {
    unfold(watcher, |mut watcher| async move {
        let text = watcher.next().await?;
        Some((Ok(Bytes::from(text)), watcher))
    })
}
