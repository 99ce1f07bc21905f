//! What the last tap did, said once on the next page: a signed cookie that the page takes away again.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::session;
use crate::app::App;
use crate::templates::layout::FlashKind;

const NAME: &str = "flash";

/// A message, already in the reader's language, and how to take back what it tells of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    kind: char,
    /// The words.
    pub text: String,
    /// Where a form that undoes it posts to, if it can be undone.
    pub undo: Option<String>,
    /// Where what it tells of is to be seen: address and words.
    #[serde(default)]
    pub link: Option<(String, String)>,
}

impl Message {
    /// It worked.
    pub fn done(text: impl Into<String>) -> Message {
        Message { kind: 'd', text: text.into(), undo: None, link: None }
    }

    /// It worked, with something to look at.
    pub fn warn(text: impl Into<String>) -> Message {
        Message { kind: 'w', text: text.into(), undo: None, link: None }
    }

    /// It did not work.
    pub fn bad(text: impl Into<String>) -> Message {
        Message { kind: 'b', text: text.into(), undo: None, link: None }
    }

    /// Offers to take it back by a post to `action`.
    #[must_use]
    pub fn undo(mut self, action: impl Into<String>) -> Message {
        self.undo = Some(action.into());
        self
    }

    /// Leads to what it tells of.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, words: impl Into<String>) -> Message {
        self.link = Some((href.into(), words.into()));
        self
    }

    /// The same with something to look at besides.
    #[must_use]
    pub fn and_look(mut self, text: &str) -> Message {
        self.text = format!("{} {text}", self.text);
        self.kind = 'w';
        self
    }

    /// How the page shows it.
    pub fn kind(&self) -> FlashKind {
        match self.kind {
            'w' => FlashKind::Warn,
            'b' => FlashKind::Bad,
            _ => FlashKind::Done,
        }
    }

    /// The cookie that carries it to the next page.
    pub fn cookie(&self, app: &App) -> Cookie<'static> {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_else(|_| Vec::new()));
        let signature = app.keys.sign("flash", &text);
        session::safe(app, NAME, format!("{text}.{signature}"))
    }
}

/// The message that came with a request.
pub fn read(req: &HttpRequest, app: &App) -> Option<Message> {
    let cookie = req.cookie(NAME)?;
    let (text, signature) = cookie.value().split_once('.')?;
    if !app.keys.signed("flash", text, signature) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The cookie that takes it away.
pub fn gone(app: &App) -> Cookie<'static> {
    let mut cookie = session::safe(app, NAME, String::new());
    cookie.make_removal();
    cookie
}
