//! Style sheet, scripts and icon, part of the binary; each address holds the content's hash, so that a browser may keep it for ever.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::language::Lang;
use crate::templates::layout::Assets;
use crate::templates::phone;

const FILES: &[(&str, &str, &str)] = &[
    ("app.css", "text/css; charset=utf-8", include_str!("../../templates/assets/app.css")),
    ("app.js", "text/javascript; charset=utf-8", APP_JS),
    ("checkin.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/checkin.js")),
    ("offline.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/offline.js")),
    ("fence.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/fence.js")),
    ("now.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/now.js")),
    ("board.css", "text/css; charset=utf-8", include_str!("../../templates/assets/board.css")),
    ("board.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/board.js")),
    ("report.css", "text/css; charset=utf-8", include_str!("../../templates/assets/report.css")),
    ("plan.js", "text/javascript; charset=utf-8", include_str!("../../templates/assets/plan.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../templates/assets/icon.svg")),
];

/// One script for every page, so that a page asks for no more: what it makes quicker, and what the phone keeps.
const APP_JS: &str = concat!(
    include_str!("../../templates/assets/app.js"),
    include_str!("../../templates/assets/kept-store.js"),
    include_str!("../../templates/assets/kept.js")
);

/// The service worker, with the addresses of the shell it keeps: another shell is another worker.
pub static WORKER_JS: LazyLock<String> = LazyLock::new(|| {
    let assets = hrefs();
    let pages = Lang::ALL.map(|lang| format!("/offline?lang={lang}"));
    let files: Vec<&str> = [&assets.css, &assets.js, &assets.checkin_js, &assets.offline_js, &assets.icon]
        .into_iter()
        .chain(&pages)
        .map(String::as_str)
        .collect();
    let pages: String = Lang::ALL.iter().map(|lang| phone::offline(*lang, 0).into_string()).collect();
    let name = format!("bankside-{}", hash(&format!("{files:?}{pages}{}", env!("CARGO_PKG_VERSION"))));
    let shell = serde_json::json!({ "name": name, "files": files });
    let (store, worker) =
        (include_str!("../../templates/assets/kept-store.js"), include_str!("../../templates/assets/worker.js"));
    format!("var shell = {shell};\n{store}{worker}")
});

static HREFS: LazyLock<Assets> = LazyLock::new(|| Assets {
    css: href("app.css"),
    js: href("app.js"),
    checkin_js: href("checkin.js"),
    offline_js: href("offline.js"),
    fence_js: href("fence.js"),
    now_js: href("now.js"),
    board_css: href("board.css"),
    board_js: href("board.js"),
    plan_js: href("plan.js"),
    report_css: href("report.css"),
    icon: href("icon.svg"),
});

/// The addresses a page loads from.
pub fn hrefs() -> &'static Assets {
    &HREFS
}

fn hash(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect()
}

fn href(name: &str) -> String {
    let content = FILES.iter().find(|(n, ..)| *n == name).map_or("", |(.., content)| content);
    format!("/assets/{}/{name}", hash(content))
}

/// `GET /assets/{hash}/{name}`
///
/// # Errors
/// `NotFound` for a name that is none, or the hash of another version.
pub async fn serve(path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (given, name) = path.into_inner();
    let (_, kind, content) = FILES.iter().find(|(n, ..)| *n == name).ok_or_else(Error::not_found)?;
    if given != hash(content) {
        return Err(Error::not_found());
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, *kind))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(*content))
}
