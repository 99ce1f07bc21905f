//! Every URL, what it takes to reach it, and who answers: pages first, then the API. What is not listed here is not served.

use actix_web::http::Method;
use actix_web::{Route, web};

use crate::imports;
use crate::outlets;
use crate::people::{self, Role};
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

        // --- imports
        GET  "/imports"                       DESK_AND_ADMIN imports::pages::choose;
        POST "/imports"                       DESK_AND_ADMIN imports::pages::post_file;
        GET  "/imports/{id}"                  DESK_AND_ADMIN imports::pages::preview;
        POST "/imports/{id}"                  DESK_AND_ADMIN imports::pages::confirm;

        // --- outlets
        GET  "/outlets"                       ALL    outlets::pages::list;
        GET  "/outlets/map"                   ALL    outlets::pages::map;
        GET  "/outlets/{id}"                  ALL    outlets::pages::show;
        GET  "/api/v1/outlets"                ALL    outlets::api::list;
        POST "/api/v1/outlets"                DESK_AND_ADMIN outlets::api::create;
        GET  "/api/v1/outlets/{id}"           ALL    outlets::api::show;
        PATCH "/api/v1/outlets/{id}"          DESK_AND_ADMIN outlets::api::change;
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
