//! Every URL, what it takes to reach it, and who answers: pages first, then the API. What is not listed here is not served.

use actix_web::http::Method;
use actix_web::{Route, web};

use crate::people::{self, Role};
use crate::prospects;
use crate::web::{assets, health};

/// Who may use a route. Records are judged besides, by the reach of the user who loads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// These roles.
    Only(&'static [Role]),
}

impl Access {
    /// Whether a role may use the route.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Access::Public | Access::SignedIn => true,
            Access::Only(roles) => roles.contains(&role),
        }
    }
}

/// One line of the table.
pub struct Entry {
    /// GET, POST, …
    pub method: Method,
    /// The pattern, as actix matches it.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    handler: fn() -> Route,
}

const BROKER: Access = Access::Only(&[Role::Broker]);
const DESK: Access = Access::Only(&[Role::Coordinator, Role::Manager]);
const DESK_AND_ADMIN: Access = Access::Only(&[Role::Coordinator, Role::Manager, Role::Admin]);
const ADMIN: Access = Access::Only(&[Role::Admin]);
const ALL: Access = Access::SignedIn;
const PUBLIC: Access = Access::Public;

macro_rules! table {
    ($($method:ident $path:literal $access:ident $handler:path;)*) => {
        vec![$(Entry {
            method: Method::$method,
            path: $path,
            access: $access,
            handler: || web::method(Method::$method).to($handler),
        }),*]
    };
}

/// The whole table.
#[rustfmt::skip]
pub fn table() -> Vec<Entry> {
    table! {
        // --- the program itself
        GET  "/healthz"                       PUBLIC health::alive;
        GET  "/readyz"                        PUBLIC health::ready;
        GET  "/metrics"                       PUBLIC health::metrics;
        GET  "/assets/{hash}/{name}"          PUBLIC assets::serve;

        // --- people
        GET  "/sign-in"                       PUBLIC people::pages::show_sign_in;
        POST "/sign-in"                       PUBLIC people::pages::post_sign_in;
        POST "/sign-out"                      ALL    people::pages::sign_out;
        POST "/api/v1/sessions"               PUBLIC people::api::create_session;
        DELETE "/api/v1/sessions/current"     ALL    people::api::end_session;
        GET  "/api/v1/me"                     ALL    people::api::me;

        // --- prospects
        GET  "/prospects"                     ALL    prospects::pages::list::show;
        POST "/prospects"                     BROKER prospects::pages::entry::create;
        GET  "/prospects/new"                 BROKER prospects::pages::entry::new;
        POST "/prospects/search"              ALL    prospects::pages::list::search;
        // What was searched for stands in no address: read again, or in the other language, it is the list.
        GET  "/prospects/search"              ALL    prospects::pages::list::show;
        GET  "/prospects/{id}"                ALL    prospects::pages::one::show;
        POST "/prospects/{id}"                ALL    prospects::pages::entry::update;
        GET  "/prospects/{id}/edit"           ALL    prospects::pages::entry::edit;
        POST "/prospects/{id}/consent-withdrawal" ALL prospects::pages::entry::withdraw_consent;
        POST "/prospects/{id}/touches"        ALL    prospects::pages::touch::create;
        POST "/prospects/{id}/touches/{touch_id}" ALL prospects::pages::touch::update;
        GET  "/prospects/{id}/touches/{touch_id}/edit" ALL prospects::pages::touch::edit;
        POST "/prospects/{id}/touches/{touch_id}/withdrawal" ALL prospects::pages::touch::withdraw;
        POST "/prospects/{id}/stage"          ALL    prospects::pages::one::stage;
        POST "/api/v1/prospects"              BROKER prospects::api::create;
        GET  "/api/v1/prospects"              ALL    prospects::api::index;
        POST "/api/v1/prospects/search"       ALL    prospects::api::search;
        GET  "/api/v1/prospects/{id}"         ALL    prospects::api::show;
        PATCH "/api/v1/prospects/{id}"        ALL    prospects::api::update;
        POST "/api/v1/prospects/{id}/touches" ALL    prospects::api::add_touch;
        PATCH "/api/v1/prospects/{id}/touches/{touch_id}"  ALL prospects::api::update_touch;
        DELETE "/api/v1/prospects/{id}/touches/{touch_id}" ALL prospects::api::withdraw_touch;
        POST "/api/v1/prospects/{id}/stage"   ALL    prospects::api::stage;
    }
}

/// Registers the table: one resource a path, every other method 405.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut table = table();
    while let Some(first) = table.first() {
        let path = first.path;
        let mut resource = web::resource(path);
        let (of_path, rest): (Vec<_>, Vec<_>) = table.into_iter().partition(|e| e.path == path);
        for entry in &of_path {
            resource = resource.route((entry.handler)());
            if entry.method == Method::GET {
                resource = resource.route((entry.handler)().method(Method::HEAD));
            }
        }
        config.service(resource);
        table = rest;
    }
}

/// The methods that a pattern knows, with who may use them.
pub fn methods(path: &str) -> Vec<(Method, Access)> {
    LOOKUP.iter().filter(|(p, ..)| *p == path).map(|(_, method, access)| (method.clone(), *access)).collect()
}

static LOOKUP: std::sync::LazyLock<Vec<(&'static str, Method, Access)>> =
    std::sync::LazyLock::new(|| table().into_iter().map(|e| (e.path, e.method, e.access)).collect());
