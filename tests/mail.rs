//! The outbox against a server that refuses, hangs and cuts; the mail page.

use std::sync::Arc;
use std::time::Duration as RealTime;

use bankside::app::App;
use bankside::db::schema::{mails, settings};
use bankside::db::{At, Id};
use bankside::mail::Kind;
use bankside::mail::outbox::{self, MailState, NewMail, Tally};
use bankside::mail::transport::Mailer;
use chrono::Duration;
use diesel::prelude::*;
use secrecy::SecretString;

use crate::support::TestApp;
use crate::support::smtp::{Server, Step};

/// An app whose mails go to this server.
fn with_server(server: &Server) -> TestApp {
    with_url(server.url())
}

fn with_url(url: String) -> TestApp {
    let mut app = TestApp::with(|settings| settings.smtp_url = Some(SecretString::from(url)));
    let mailer = Mailer::new(&app.app.settings).unwrap().patience(RealTime::from_secs(3));
    Arc::get_mut(&mut app.app).unwrap().mailer = mailer;
    app
}

fn queue(app: &TestApp, to: &str) -> Id {
    let (to, keys, now) = (to.to_owned(), app.app.keys.clone(), app.now());
    app.arrange(move |conn| {
        let mail = NewMail {
            kind: Kind::Digest,
            user_id: None,
            to,
            day: "2026-11-23".parse().unwrap(),
            subject: "今天要跟进 1 位".into(),
            text: "王小明\n.\nhttp://x\n".into(),
            html: "<p>王小明</p>\n".into(),
        };
        outbox::queue(conn, &keys, mail, now)
    })
}

/// (state, tries, what the server said)
fn stands(app: &App, id: Id) -> (MailState, i32, String) {
    let row: (MailState, i32, Option<String>) = app
        .db
        .read_now(|conn| {
            Ok(mails::table.find(id).select((mails::state, mails::tries, mails::last_error)).first(conn)?)
        })
        .unwrap();
    (row.0, row.1, row.2.unwrap_or_default())
}

fn tally(sent: usize, waiting: usize, failed: usize) -> Tally {
    Tally { sent, waiting, failed }
}

#[test]
fn a_mail_reaches_its_one_recipient_with_its_headers() {
    let server = Server::start(&[]);
    let app = with_server(&server);
    let ids = ["zhang@example.com", "li@example.com"].map(|to| queue(&app, to));
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(2, 0, 0));
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].to, "zhang@example.com");
    assert_eq!(received[0].header("To"), "zhang@example.com");
    assert_eq!(received[0].header("X-Bankside-Mail"), "digest");
    assert_eq!(received[0].header("X-Bankside-Date"), "2026-11-23");
    assert_eq!(received[0].header("Message-ID"), format!("<{}@localhost>", ids[0]));
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(0, 0, 0));
}

#[test]
fn refused_for_now_it_waits_and_refused_for_good_it_fails() {
    for (step, state) in [
        (Step::Greet("421 too busy"), MailState::Waiting),
        (Step::Greet("554 not now"), MailState::Waiting),
        (Step::Rcpt("451 greylisted"), MailState::Waiting),
        (Step::Rcpt("421 closing"), MailState::Waiting),
        (Step::Rcpt("550 5.1.1 no such user"), MailState::Failed),
        (Step::Dot("452 no room"), MailState::Waiting),
        (Step::Dot("554 5.7.1 refused"), MailState::Failed),
        (Step::CutAtMail, MailState::Waiting),
    ] {
        let server = Server::start(&[step]);
        let app = with_server(&server);
        let id = queue(&app, "zhang@example.com");
        outbox::try_each(&app.app).unwrap();
        let (found, tries, error) = stands(&app.app, id);
        assert_eq!((found, tries), (state, 1), "{step:?}: {error}");
        assert!(!error.is_empty(), "{step:?}");
        assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, 0, "its pause is not over");
        app.later(Duration::seconds(61));
        let sent = usize::from(state == MailState::Waiting);
        assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, sent, "{step:?}");
        assert_eq!(server.received().len(), sent);
    }
}

#[test]
fn a_refused_login_is_tried_again_slowly_and_never_shown_or_spent_on_every_mail() {
    let server = Server::start(&[Step::Auth("535 busy"), Step::Auth("454 busy"), Step::Auth("535 busy")]);
    let app = with_url(server.url_with_login());
    let ids: Vec<_> = (0..5).map(|n| queue(&app, &format!("p{n}@example.com"))).collect();
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap(), tally(0, 3, 0));
    assert_eq!(ids.iter().map(|id| stands(&app.app, *id).1).sum::<i32>(), 3, "the others were not tried");
    assert!(!stands(&app.app, ids[0]).2.contains("p:ss"));
    app.later(Duration::minutes(14));
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, 2);
    app.later(Duration::minutes(2));
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, 3);
}

#[test]
fn who_asks_for_it_has_each_mail_tried_however_many_are_refused() {
    let server = Server::start(&[Step::Auth("535 busy"); 5]);
    let app = with_url(server.url_with_login());
    let ids: Vec<_> = (0..5).map(|n| queue(&app, &format!("p{n}@example.com"))).collect();
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(0, 5, 0));
    assert!(ids.iter().all(|id| stands(&app.app, *id).1 == 1));
}

#[test]
fn an_unanswered_dot_is_sent_once_more_at_most_with_the_same_message_id() {
    for step in [Step::HangAfterDot, Step::CutAfterDot] {
        let server = Server::start(&[step, step, step]);
        let app = with_server(&server);
        let id = queue(&app, "zhang@example.com");
        for _ in 0..4 {
            outbox::try_each(&app.app).unwrap();
            app.later(Duration::days(1));
        }
        let ids: Vec<_> = server.received().iter().map(|mail| mail.header("Message-ID").to_owned()).collect();
        assert_eq!(ids, vec![format!("<{id}@localhost>"); 2], "{step:?}");
        assert_eq!(stands(&app.app, id).0, MailState::Failed);
        let app = with_server(&Server::start(&[step]));
        queue(&app, "zhang@example.com");
        assert_eq!(outbox::try_each(&app.app).unwrap(), tally(0, 1, 0));
        assert_eq!(outbox::try_each(&app.app).unwrap(), tally(1, 0, 0));
    }
}

#[test]
fn a_server_down_for_a_day_gets_each_mail_once() {
    let app = with_url("smtp://127.0.0.1:1".into());
    let ids: Vec<_> = (0..5).map(|n| queue(&app, &format!("p{n}@example.com"))).collect();
    for _ in 0..100 {
        outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap();
        app.later(Duration::minutes(15));
    }
    assert!(ids.iter().all(|id| stands(&app.app, *id).0 == MailState::Waiting));
    let server = Server::start(&[]);
    let url = SecretString::from(server.url());
    let mut later = App::open(app.app.settings.clone(), app.clock.clone()).unwrap();
    later.settings.smtp_url = Some(url);
    later.mailer = Mailer::new(&later.settings).unwrap();
    app.later(Duration::hours(1));
    assert_eq!(outbox::send_due(&later, RealTime::from_secs(9)).unwrap().sent, 5);
    assert_eq!(outbox::send_due(&later, RealTime::from_secs(9)).unwrap().sent, 0);
    assert_eq!(server.received().len(), 5);
}

#[test]
fn a_mail_is_failed_only_after_many_tries_and_two_days() {
    let app = with_url("smtp://127.0.0.1:1".into());
    let id = queue(&app, "zhang@example.com");
    for _ in 0..60 {
        outbox::try_each(&app.app).unwrap();
    }
    assert_eq!(stands(&app.app, id).0, MailState::Waiting, "tries alone");
    app.later(Duration::hours(48));
    outbox::try_each(&app.app).unwrap();
    assert_eq!(stands(&app.app, id).0, MailState::Failed);
}

#[test]
fn killed_between_claim_and_mark_it_goes_again_under_the_same_id() {
    let server = Server::start(&[]);
    let app = with_server(&server);
    let id = queue(&app, "zhang@example.com");
    let kept = format!("{id}@before.example.com");
    app.arrange(move |conn| {
        diesel::update(mails::table.find(id))
            .set((mails::state.eq(MailState::Sending), mails::tries.eq(1), mails::message_id.eq(kept)))
            .execute(conn)?;
        Ok(())
    });
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, 1);
    assert_eq!(server.received()[0].header("Message-ID"), format!("<{id}@before.example.com>"));
}

#[test]
fn two_servers_never_send_the_same_one() {
    let server = Server::start(&[]);
    let app = with_server(&server);
    for n in 0..40 {
        queue(&app, &format!("p{n}@example.com"));
    }
    let second = App::open(app.app.settings.clone(), app.clock.clone()).unwrap();
    std::thread::scope(|scope| {
        for one in [&*app.app, &second, &*app.app, &second] {
            scope.spawn(move || outbox::send_due(one, RealTime::from_secs(9)).unwrap());
        }
    });
    outbox::try_each(&second).unwrap();
    let mut to: Vec<_> = server.received().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), server.received().len()), (40, 40));
}

#[test]
fn a_clock_set_forward_and_back_loses_none() {
    let server = Server::start(&[Step::Rcpt("451 later")]);
    let app = with_server(&server);
    queue(&app, "zhang@example.com");
    app.later(Duration::days(300));
    outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap();
    app.later(-Duration::days(300));
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap().sent, 1);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_restored_copy_sends_nothing_until_it_is_told_to() {
    let app = TestApp::new();
    queue(&app, "zhang@example.com");
    app.arrange(|conn| {
        diesel::insert_into(settings::table)
            .values((settings::name.eq("mail_suspended"), settings::value.eq("1")))
            .execute(conn)?;
        Ok(())
    });
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(0, 1, 0));
    assert_eq!(outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap(), tally(0, 0, 0));
    assert!(app.arrange(outbox::resume));
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(1, 0, 0));
}

#[test]
fn without_a_server_each_mail_becomes_one_file() {
    let app = TestApp::new();
    let id = queue(&app, "zhang@example.com");
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(1, 0, 0));
    let folder = app.app.settings.var.join("mail");
    let files = || -> Vec<_> { std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect() };
    let all = files();
    assert_eq!(all.len(), 1);
    let raw = std::fs::read_to_string(&all[0]).unwrap();
    assert!(raw.contains(&format!("Message-ID: <{id}@localhost>")) && raw.contains("王小明"), "{raw}");
    // Killed after the file was written and before that was noted: the file is found and not written again.
    app.arrange(move |conn| {
        diesel::update(mails::table.find(id)).set(mails::state.eq(MailState::Waiting)).execute(conn)?;
        Ok(())
    });
    let written = std::fs::metadata(&all[0]).unwrap().modified().unwrap();
    outbox::try_each(&app.app).unwrap();
    assert_eq!(files(), all);
    assert_eq!(std::fs::metadata(&all[0]).unwrap().modified().unwrap(), written);
}

#[test]
fn an_address_that_is_none_fails_alone() {
    let app = TestApp::new();
    let bad = queue(&app, "zhang@example.com\r\nBcc: eve@example.com");
    let good = queue(&app, "li@example.com");
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(1, 0, 1));
    assert_eq!((stands(&app.app, bad).0, stands(&app.app, good).0), (MailState::Failed, MailState::Sent));
}

#[actix_web::test]
async fn the_admin_sees_the_outbox_and_a_failed_mail_can_be_tried_again_or_given_up() {
    let server = Server::start(&[Step::Rcpt("550 no such user"), Step::Rcpt("550 no such user")]);
    let app = with_server(&server);
    let branch = app.branch("XA01");
    let admin = app.admin("admin");
    app.page("/mail", Some(&app.broker("zhang", branch))).await.expect(403);
    app.page("/mail", Some(&app.manager("wu", branch))).await.expect(403);
    app.page("/mail", None).await.expect(303);
    let [first, second] = ["a@example.com", "b@example.com"].map(|to| queue(&app, to));
    outbox::try_each(&app.app).unwrap();
    let page = app.page("/mail", Some(&admin)).await.expect(200).text;
    assert!(page.contains("a@example.com") && page.contains("550") && page.contains("再试一次"), "{page}");
    assert!(!page.contains("王小明"));
    app.form(&format!("/mail/{first}/tries"), &admin, &[]).await.expect(303);
    assert_eq!(stands(&app.app, first).0, MailState::Waiting);
    outbox::send_due(&app.app, RealTime::from_secs(9)).unwrap();
    assert_eq!(stands(&app.app, first).0, MailState::Sent);
    app.form(&format!("/mail/{first}/tries"), &admin, &[]).await.expect(409);
    app.form(&format!("/mail/{second}/withdrawal"), &admin, &[]).await.expect(303);
    assert_eq!(stands(&app.app, second).0, MailState::GivenUp);
    app.page(&format!("/mail/{second}"), Some(&admin)).await.expect(200);
    app.page(&format!("/mail/{}", Id::new()), Some(&admin)).await.expect(404);
    app.page("/mail/x", Some(&admin)).await.expect(404);
}

#[actix_web::test]
async fn a_test_mail_goes_out_and_its_file_is_shown() {
    let app = TestApp::new();
    let admin = app.admin("admin");
    let reply = app.form("/mail/tests", &admin, &[("to", "not an address")]).await.expect(422);
    assert!(reply.text.contains("不是有效的邮箱地址") && reply.text.contains("value=\"not an address\""));
    app.form("/mail/tests", &admin, &[("to", "me@example.com\r\nBcc: x@example.com")]).await.expect(422);
    app.form("/mail/tests", &admin, &[("to", "me@example.com")]).await.expect(303);
    assert_eq!(outbox::try_each(&app.app).unwrap(), tally(1, 0, 0));
    let id: Id = app.app.db.read_now(|conn| Ok(mails::table.select(mails::id).first(conn)?)).unwrap();
    let page = app.page(&format!("/mail/{id}"), Some(&admin)).await.expect(200).text;
    assert!(page.contains("收到这封邮件"), "{page}");
    assert!(!page.contains("Content-Type"), "{page}");
}

#[actix_web::test]
async fn people_without_an_address_are_listed_to_the_admin() {
    let app = TestApp::new();
    let branch = app.branch("XA01");
    let (zhang, admin) = (app.broker("zhang", branch), app.admin("admin"));
    app.broker("li", branch);
    app.arrange(move |conn| {
        use bankside::db::schema::users;
        diesel::update(users::table.find(zhang.id)).set(users::email.eq(None::<String>)).execute(conn)?;
        Ok(())
    });
    let page = app.page("/mail", Some(&admin)).await.expect(200).text;
    assert!(page.contains("zhang Name") && !page.contains("li Name"), "{page}");
}

#[test]
fn a_body_is_sealed_while_it_waits_and_gone_once_it_was_sent() {
    let app = TestApp::new();
    let id = queue(&app, "zhang@example.com");
    let body = || -> Vec<u8> {
        app.app.db.read_now(|conn| Ok(mails::table.find(id).select(mails::body).first(conn)?)).unwrap()
    };
    assert!(!String::from_utf8_lossy(&body()).contains("王小明"));
    outbox::try_each(&app.app).unwrap();
    assert!(body().is_empty());
    let sent: Option<At> =
        app.app.db.read_now(|conn| Ok(mails::table.find(id).select(mails::sent_at).first(conn)?)).unwrap();
    assert_eq!(sent, Some(app.now()));
}
