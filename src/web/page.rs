//! Pages: the shell around a body, redirects with a message, and the page of an error.

use actix_web::cookie::Cookie;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use maud::{Markup, html};

use super::extract::Here;
use super::flash::{self, Message};
use super::gate::{self, Found};
use super::{api, assets, session, wrong_address};
use crate::app::App;
use crate::error::Error;
use crate::language::Lang;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::icons::Icon;
use crate::templates::layout::{Flash, LangSwitch, NavItem, Shell, ShellLabels, ShellUser, Undo, page};
use crate::templates::parts;

/// A page about to be answered.
pub struct Page {
    title: String,
    body: Markup,
    status: StatusCode,
    wide: bool,
    phone: bool,
    styles: Vec<&'static str>,
    scripts: Vec<&'static str>,
}

impl Page {
    /// A page with its title and content.
    pub fn new(title: impl Into<String>, body: Markup) -> Page {
        Page {
            title: title.into(),
            body,
            status: StatusCode::OK,
            wide: false,
            phone: false,
            styles: Vec::new(),
            scripts: Vec::new(),
        }
    }

    /// Another status: 422 for a form shown again.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Page {
        self.status = status;
        self
    }

    /// More than a column of text: tables and maps.
    #[must_use]
    pub fn wide(mut self) -> Page {
        self.wide = true;
        self
    }

    /// The page of what a phone keeps, whoever looks at it.
    #[must_use]
    pub fn phone(mut self) -> Page {
        self.phone = true;
        self
    }

    /// A style sheet of this page alone.
    #[must_use]
    pub fn style(mut self, href: &'static str) -> Page {
        self.styles.push(href);
        self
    }

    /// A script of this page alone.
    #[must_use]
    pub fn script(mut self, href: &'static str) -> Page {
        self.scripts.push(href);
        self
    }

    /// The answer.
    pub fn answer(self, here: &Here) -> HttpResponse {
        self.show(&here.req, &here.found)
    }

    fn show(self, req: &HttpRequest, found: &Found) -> HttpResponse {
        let app = gate::app(req);
        let lang = found.lang;
        let message = flash::read(req, &app);
        let other = if lang == Lang::Zh { Lang::En } else { Lang::Zh };
        let user = found.session.as_ref().map(|s| &s.user);
        let role = user.map(|u| t!(lang, &format!("role-{}", u.role)));
        let initial = user.and_then(|u| u.name.chars().next()).map(String::from).unwrap_or_default();
        let places = user.map(|u| places(u, lang)).unwrap_or_default();
        let here = current(&places, req.path());
        let waiting = found.session.as_ref().map_or(0, |s| s.waiting);
        let nav: Vec<NavItem<'_>> = places
            .iter()
            .map(|p| NavItem {
                href: p.href,
                label: &p.label,
                icon: p.icon,
                current: here == Some(p.href),
                count: (p.href == "/requests" && waiting > 0).then_some(waiting),
            })
            .collect();
        let words: Vec<String> =
            ["skip", "main", "more", "account", "sign-out", "kept", "discard", "kept-long", "needs-network"]
                .iter()
                .map(|k| t!(lang, &format!("shell-{k}")))
                .collect();
        let broker = user.filter(|u| u.role == Role::Broker).map(|u| u.id.to_string());
        let undo_label = t!(lang, "shell-undo");
        let shell = Shell {
            lang,
            title: &self.title,
            user: user.map(|u| ShellUser {
                name: &u.name,
                role: role.as_deref().unwrap_or_default(),
                branch: u.branch.as_ref().map(|b| b.name.as_str()),
                initial: &initial,
            }),
            nav: &nav,
            flash: message.as_ref().map(|m| Flash {
                kind: m.kind(),
                text: &m.text,
                undo: m.undo.as_deref().map(|action| Undo { action, label: &undo_label, fields: &[] }),
                link: m.link.as_ref().map(|(href, words)| (href.as_str(), words.as_str())),
            }),
            assets: assets::hrefs(),
            csrf: found.session.as_ref().map_or("", |s| s.csrf.as_str()),
            keeper: broker.as_deref().or(self.phone.then_some("")),
            switch: LangSwitch {
                lang: other,
                label: if other == Lang::Zh { "中文" } else { "English" },
                href: &switch(req, other),
            },
            styles: &self.styles,
            scripts: &self.scripts,
            wide: self.wide,
            labels: ShellLabels {
                brand: "Bankside",
                skip: &words[0],
                nav: &words[1],
                more: &words[2],
                account: &words[3],
                sign_out: &words[4],
                kept: &words[5],
                discard: &words[6],
                kept_long: &words[7],
                needs_network: &words[8],
            },
        };
        let markup = page(&shell, &self.body).into_string();
        let mut response = HttpResponse::build(self.status);
        response.content_type("text/html; charset=utf-8").insert_header((header::VARY, "Accept-Language, Cookie"));
        if message.is_some() {
            response.cookie(flash::gone(&app));
        }
        if let Some(lang) = asked(req) {
            response.cookie(language_cookie(&app, lang));
        }
        response.body(markup)
    }
}

/// 303 to another page, with what to say there.
pub fn see_other(here: &Here, to: &str, message: Option<Message>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, to));
    if let Some(message) = message {
        response.cookie(message.cookie(&here.app));
    }
    // The next page is in the language that this one was asked for.
    if let Some(lang) = asked(&here.req) {
        response.cookie(language_cookie(&here.app, lang));
    }
    response.finish()
}

/// Where to sign in: a page asked for follows; what was posted is gone, and the page says so.
fn to_sign_in(req: &HttpRequest) -> String {
    let mut asked = form_urlencoded::Serializer::new(String::new());
    if matches!(*req.method(), Method::GET | Method::HEAD) {
        let wanted = req.uri().path_and_query().map_or("/", |p| p.as_str());
        if wanted != "/" {
            asked.append_pair("to", wanted);
        }
    } else if req.path() != "/sign-out" {
        asked.append_pair("lost", "1");
    }
    match asked.finish().as_str() {
        "" => "/sign-in".to_owned(),
        asked => format!("/sign-in?{asked}"),
    }
}

/// The page of an error: to sign-in where that helps, else what happened and a way back.
pub fn error(req: &HttpRequest, found: &Found, error: &Error) -> HttpResponse {
    let lang = found.lang;
    if matches!(error, Error::SignedOut) {
        return HttpResponse::SeeOther().insert_header((header::LOCATION, to_sign_in(req))).finish();
    }
    if matches!(error, Error::SecondFactorRequired) {
        return HttpResponse::SeeOther().insert_header((header::LOCATION, "/account/second-factor")).finish();
    }
    let (mut title, mut detail) = api::words(lang, error);
    let address = wrong_address::of(req, found, error);
    if address.is_some() && matches!(error, Error::Invalid(_)) {
        (title, detail) = (t!(lang, "shell-address"), t!(lang, "shell-address-detail"));
    }
    let details = match (error, &address) {
        (_, Some(address)) => address.parts.clone(),
        (Error::Invalid(fields), None) => fields.iter().map(|f| (f.field.clone(), api::message(lang, f))).collect(),
        _ => Vec::new(),
    };
    let acts = html! {
        @if let Some(without) = address.and_then(|address| address.without) {
            a.btn.do href=(without) { (t!(lang, "shell-without")) }
        }
        a.btn href="/" { (t!(lang, "shell-home")) }
    };
    let body = html! {
        (parts::empty(Icon::Alert, &title, &detail, Some(&acts)))
        @if !details.is_empty() { div.problems { ul { @for (what, wrong) in &details { li { code { (what) } " · " (wrong) } } } }
        }
        p.quiet { (t!(lang, "shell-request")) " " code { (found.request_id) } }
    };
    Page::new(title, body).status(error.status_code()).show(req, found)
}

/// The language of a request: asked for in the address, kept in a cookie, the browser's, or the one of the user's mails.
pub fn language(req: &HttpRequest, user: Option<Lang>, api: bool) -> Lang {
    let accepted = || req.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).map(Lang::accepted);
    if api {
        return accepted().unwrap_or(Lang::Zh);
    }
    asked(req)
        .or_else(|| req.cookie("lang").and_then(|c| Lang::parse(c.value())))
        .or_else(accepted)
        .or(user)
        .unwrap_or(Lang::Zh)
}

fn asked(req: &HttpRequest) -> Option<Lang> {
    form_urlencoded::parse(req.query_string().as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, value)| Lang::parse(&value))
}

fn language_cookie(app: &App, lang: Lang) -> Cookie<'static> {
    let mut cookie = session::safe(app, "lang", lang.as_str().to_owned());
    cookie.set_max_age(actix_web::cookie::time::Duration::days(365));
    cookie
}

/// This page in the other language.
fn switch(req: &HttpRequest, other: Lang) -> String {
    let pairs = form_urlencoded::parse(req.query_string().as_bytes()).filter(|(name, _)| name != "lang");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs).append_pair("lang", other.as_str());
    format!("{}?{}", req.path(), query.finish())
}

struct Place {
    href: &'static str,
    label: String,
    icon: Icon,
}

/// Where each role goes, most used first.
fn places(user: &CurrentUser, lang: Lang) -> Vec<Place> {
    let all: &[(&'static str, &str, Icon)] = match user.role {
        Role::Broker => &[
            ("/", "today", Icon::Today),
            ("/my-rota", "my-rota", Icon::Calendar),
            ("/prospects/new", "new-prospect", Icon::PersonAdd),
            ("/prospects", "prospects", Icon::People),
            ("/follow-ups", "follow-ups", Icon::Clock),
            ("/outlets", "outlets", Icon::Bank),
            ("/attendance", "attendance", Icon::Check),
            ("/my-results", "results", Icon::Funnel),
            ("/targets", "targets", Icon::List),
        ],
        Role::Coordinator | Role::Manager => &[
            ("/now", "now", Icon::Today),
            ("/rota", "rota", Icon::Calendar),
            ("/attendance", "attendance", Icon::Check),
            ("/requests", "requests", Icon::Inbox),
            ("/follow-ups", "follow-ups", Icon::Clock),
            ("/outlets", "outlets", Icon::Bank),
            ("/funnel", "funnel", Icon::Funnel),
            ("/reports", "reports", Icon::List),
            ("/targets", "targets", Icon::List),
            ("/agreements", "agreements", Icon::Bank),
            ("/prospects", "prospects", Icon::People),
            ("/imports", "imports", Icon::Upload),
            ("/calendars", "calendars", Icon::Calendar),
            ("/audit", "audit", Icon::Shield),
        ],
        Role::Admin => &[
            ("/users", "users", Icon::People),
            ("/outlets", "outlets", Icon::Bank),
            ("/funnel", "funnel", Icon::Funnel),
            ("/reports", "reports", Icon::List),
            ("/imports", "imports", Icon::Upload),
            ("/calendars", "calendars", Icon::Calendar),
            ("/mail", "mail", Icon::Mail),
            ("/data-requests", "data-requests", Icon::List),
            ("/audit", "audit", Icon::Shield),
        ],
    };
    // A coordinator's days are on the other pages; reports are those of who leads a branch.
    // The head office reads: what it brings in, or a calendar of its own, would belong to no branch.
    let is_theirs = |(href, ..): &&(&'static str, &str, Icon)| match *href {
        "/reports" => user.role != Role::Coordinator,
        "/imports" | "/calendars" => user.role == Role::Admin || user.branch.is_some(),
        _ => true,
    };
    all.iter()
        .filter(is_theirs)
        .map(|(href, key, icon)| Place { href, label: t!(lang, &format!("place-{key}")), icon: *icon })
        .collect()
}

/// The place that a path belongs to: the longest that it begins with.
fn current(places: &[Place], path: &str) -> Option<&'static str> {
    places
        .iter()
        .map(|p| p.href)
        .filter(|href| {
            path == *href || (*href != "/" && path.strip_prefix(*href).is_some_and(|rest| rest.starts_with('/')))
        })
        .max_by_key(|href| href.len())
}
