//! People: sign-in, throttling, sessions, cookies, users, links, one's own account.

mod account;
mod administration;
mod links;
mod second_factor;
mod sessions;
mod sign_in;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use bankside::db::Id;
use bankside::db::schema::users;
use bankside::people::store::{self, NewUser, UserInput};
use bankside::people::{Caller, Role, password};
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Person, Reply, TestApp};

const PASSWORD: &str = "correct horse battery staple 9";
const OTHER: &str = "another good sentence 42";

fn give_password(app: &TestApp, person: Id, password: &str) {
    let hash = password::hash_now(password).unwrap();
    app.arrange(move |conn| {
        diesel::update(users::table.find(person)).set(users::password_hash.eq(hash)).execute(conn)?;
        Ok(())
    });
}

fn with_zhang_by(change: impl FnOnce(&mut bankside::settings::Settings)) -> TestApp {
    let app = TestApp::with(change);
    app.branch("XA01");
    let caller = Caller::program(app.now());
    let hash = password::hash_now(PASSWORD).unwrap();
    let input = UserInput {
        login: "Zhang".into(),
        name: "张三".into(),
        role: "broker".into(),
        branch: Some("XA01".into()),
        email: Some("zhang@example.com".into()),
        ..UserInput::default()
    };
    app.arrange(move |conn| store::add_user(conn, &caller, &NewUser::parse(&input)?, Some(&hash)));
    app
}

fn with_zhang() -> TestApp {
    with_zhang_by(|_| {})
}

/// A form posted by somebody who is not signed in, from an address, with more headers.
async fn post_from(app: &TestApp, address: &str, path: &str, fields: &[(&str, &str)], more: &[(&str, &str)]) -> Reply {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = TestRequest::with_uri(path)
        .method(Method::POST)
        .peer_addr(format!("{address}:4000").parse().unwrap())
        .insert_header((header::ACCEPT_LANGUAGE, "en"))
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(body);
    for (name, value) in more {
        request = request.insert_header((*name, *value));
    }
    app.send(request).await
}

async fn sign_in_as(app: &TestApp, login: &str, password: &str) -> Reply {
    app.api("POST", "/sessions", None, Some(json!({"login": login, "password": password}))).await
}

fn person_of(reply: &Reply) -> Person {
    let body = reply.json();
    Person {
        id: body["user"]["id"].as_str().unwrap().parse().unwrap(),
        branch: None,
        role: Role::Broker,
        token: body["token"].as_str().unwrap().to_owned(),
        csrf: String::new(),
        session: Id::new(),
    }
}

fn cookies(reply: &Reply) -> Vec<String> {
    reply.headers.get_all(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned()).collect()
}
