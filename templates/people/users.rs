//! Pages of users and branches, for admins.

use maud::{Markup, html};

use crate::t;
use crate::templates::form::{self, Choice, Field};
use crate::templates::icons::{Icon, icon};
use crate::templates::{Lang, State, parts};

/// A line of the list.
pub struct UserLine {
    pub href: String,
    pub name: String,
    pub login: String,
    pub role: String,
    pub branch: String,
    /// For brokers: how their certificate stands.
    pub certificate: Option<(State, String)>,
    /// Whether they can sign in.
    pub state: (State, String),
}

/// The list of users.
#[derive(Default)]
pub struct UsersView<'a> {
    pub csrf: &'a str,
    pub lines: Vec<UserLine>,
    /// (code, name) of every branch.
    pub branches: Vec<(String, String)>,
    pub branch: &'a str,
    pub role: &'a str,
    pub standing: &'a str,
    /// What was searched for; never in an address.
    pub search: &'a str,
    /// Certificates that are missing or expired, and those that end within sixty days.
    pub certificates: (i64, i64),
    /// The next piece of the list.
    pub next: Option<String>,
}

/// The list of users.
pub fn users(lang: Lang, view: &UsersView<'_>) -> Markup {
    let actions = html! {
        (parts::button_link("/branches", "", Some(Icon::Bank), &t!(lang, "branches-title")))
        (parts::button_link("/users/new", "do", Some(Icon::PersonAdd), &t!(lang, "users-new")))
    };
    html! {
        (parts::head(None, &t!(lang, "users-title"), None, Some(&actions)))
        (certificates(lang, view.certificates))
        (search(lang, view))
        @if view.lines.is_empty() {
            (parts::empty(Icon::People, &t!(lang, "users-none"), &t!(lang, "users-none-lead"), None))
        } @else {
            (table(lang, &view.lines))
            @if let Some(next) = &view.next {
                (parts::pagination(&t!(lang, "users-pages"), "", None, Some((next, &t!(lang, "users-next")))))
            }
        }
    }
}

fn certificates(lang: Lang, (gone, ending): (i64, i64)) -> Markup {
    let state = if gone > 0 { State::Late } else { State::Soon };
    html! {
        @if gone + ending > 0 {
            (parts::note(state, &html! {
                p {
                    @if gone > 0 { b { (t!(lang, "users-certificates-gone", n = gone)) } " " }
                    @if ending > 0 { b { (t!(lang, "users-certificates-ending", n = ending)) } " " }
                    a href="/users?standing=certificate" { (t!(lang, "users-certificates-look")) }
                }
            }))
        }
    }
}

fn search(lang: Lang, view: &UsersView<'_>) -> Markup {
    let roles = role_names(lang);
    let all = t!(lang, "users-all");
    let branches: Vec<_> = view.branches.iter().map(|(code, name)| Choice { value: code, label: name }).collect();
    let standings = ["invited", "disabled", "certificate"].map(|s| (s, t!(lang, &format!("users-standing-{s}"))));
    html! {
        form.filters method="post" action="/users/search" role="search" {
            (form::csrf_field(view.csrf))
            div.field.grow {
                label for="q" { (t!(lang, "users-search")) }
                input.in #q type="search" name="q" value=(view.search) autocomplete="off" maxlength="100";
            }
            button.btn type="submit" { (icon(Icon::Search)) (t!(lang, "users-find")) }
        }
        form.filters method="get" action="/users" {
            (Field::new("branch", &t!(lang, "users-branch")).value(view.branch).select(Some(&all), &branches))
            (Field::new("role", &t!(lang, "users-role")).value(view.role).select(Some(&all), &choices(&roles)))
            (Field::new("standing", &t!(lang, "users-standing")).value(view.standing).select(Some(&all), &choices(&standings)))
            button.btn type="submit" { (t!(lang, "users-filter")) }
        }
    }
}

fn table(lang: Lang, lines: &[UserLine]) -> Markup {
    let words = ["name", "login", "role", "branch", "certificate", "standing"].map(|k| t!(lang, &format!("users-{k}")));
    html! {
        table.table {
            thead { tr { @for word in &words { th scope="col" { (word) } } } }
            tbody {
                @for line in lines {
                    tr {
                        th scope="row" { a href=(line.href) { (line.name) } }
                        td data-label=(words[1]) { code { (line.login) } }
                        td data-label=(words[2]) { (line.role) }
                        td data-label=(words[3]) { (line.branch) }
                        td data-label=(words[4]) { @if let Some((state, word)) = &line.certificate { (parts::chip(*state, word)) } }
                        td data-label=(words[5]) { (parts::chip(line.state.0, &line.state.1)) }
                    }
                }
            }
        }
    }
}

fn role_names(lang: Lang) -> [(&'static str, String); 4] {
    ["broker", "coordinator", "manager", "admin"].map(|role| (role, t!(lang, &format!("role-{role}"))))
}

fn choices<'a>(all: &'a [(&'static str, String)]) -> Vec<Choice<'a>> {
    all.iter().map(|(value, label)| Choice { value, label }).collect()
}

/// The form of a user, new or known, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct UserFields {
    pub login: String,
    pub name: String,
    pub role: String,
    pub branch: String,
    pub email: String,
    pub language: String,
    pub certificate_no: String,
    pub certificate_expires_on: String,
    pub compliance: bool,
}

/// A page with a user's form.
pub struct UserFormView<'a> {
    pub csrf: &'a str,
    pub fields: &'a UserFields,
    /// (code, name) of every branch.
    pub branches: &'a [(String, String)],
    /// (field, message) of what is wrong.
    pub problems: &'a [(String, String)],
    /// The id that makes a double submit harmless (new), or the version (known).
    pub mark: String,
}

impl UserFormView<'_> {
    fn error(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str())
    }

    fn summary(&self, lang: Lang) -> Markup {
        let problems: Vec<_> = self.problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
        form::error_summary(&t!(lang, "users-form-problems", n = problems.len()), &problems)
    }

    fn inputs(&self, lang: Lang, new: bool) -> Markup {
        let typed = self.fields;
        // Whoever is new is of a branch most of the time: the head office is chosen, not left over.
        let none = t!(lang, if new { "users-branch-choose" } else { "users-head-office" });
        let roles = role_names(lang);
        let branches: Vec<_> = self.branches.iter().map(|(code, name)| Choice { value: code, label: name }).collect();
        let languages = [("zh-CN", "中文".to_owned()), ("en", "English".to_owned())];
        let optional = t!(lang, "users-form-optional");
        let word = |key: &str| t!(lang, &format!("users-{key}"));
        html! {
            @if new {
                (Field::new("login", &word("login")).value(&typed.login).error(self.error("login")).hint(&word("login-hint")).required().maxlength(64).autocomplete("off").text())
            }
            (Field::new("name", &word("name")).value(&typed.name).error(self.error("name")).required().maxlength(100).autocomplete("off").text())
            (Field::new("role", &word("role")).value(&typed.role).error(self.error("role")).required().radio(&choices(&roles)))
            (Field::new("branch", &word("branch")).value(&typed.branch).error(self.error("branch")).hint(&word("branch-hint")).select(Some(&none), &branches))
            (Field::new("email", &word("email")).value(&typed.email).error(self.error("email")).hint(&word("email-hint")).optional(&optional).maxlength(254).autocomplete("off").email())
            (Field::new("language", &word("language")).value(&typed.language).error(self.error("language")).radio(&choices(&languages)))
            div.pair {
                (Field::new("certificate_no", &word("certificate-no")).value(&typed.certificate_no).error(self.error("certificate_no")).hint(&word("certificate-hint")).optional(&optional).maxlength(64).autocomplete("off").text())
                (Field::new("certificate_expires_on", &word("certificate-until")).value(&typed.certificate_expires_on).error(self.error("certificate_expires_on")).hint(&word("certificate-until-hint")).optional(&optional).date())
            }
            (Field::new("compliance", &word("compliance")).value(if typed.compliance { "on" } else { "" }).hint(&word("compliance-hint")).checkbox())
        }
    }
}

/// The form of a new user.
pub fn new_user(lang: Lang, view: &UserFormView<'_>) -> Markup {
    html! {
        div { (parts::back("/users", &t!(lang, "users-title"))) (parts::head(None, &t!(lang, "users-new"), Some(&t!(lang, "users-new-lead")), None)) }
        (view.summary(lang))
        form.form method="post" action="/users" {
            (form::csrf_field(view.csrf)) (form::hidden("id", &view.mark))
            (view.inputs(lang, true))
            div.acts { (form::submit(&t!(lang, "users-add"))) (parts::button_link("/users", "bare", None, &t!(lang, "users-form-cancel"))) }
        }
    }
}

/// One user.
pub struct UserView<'a> {
    pub form: UserFormView<'a>,
    pub path: &'a str,
    pub line: &'a UserLine,
    /// When they came.
    pub since: &'a str,
    pub disabled: bool,
    pub has_password: bool,
    pub second_factor: bool,
    /// It is the admin's own account: no shutting oneself out.
    pub own: bool,
    /// Somebody changed the user after this form was opened.
    pub stale: bool,
}

/// One user: how they stand, what can be done, and the form.
pub fn user(lang: Lang, view: &UserView<'_>) -> Markup {
    let line = view.line;
    let over = format!("{} · {}", line.role, line.branch);
    html! {
        div { (parts::back("/users", &t!(lang, "users-title"))) (parts::head(Some(&over), &line.name, None, None)) }
        @if view.stale { (parts::note(State::Soon, &html! { p { (t!(lang, "users-stale")) } })) }
        (parts::kv(&[
            (&t!(lang, "users-login"), html! { code { (line.login) } }),
            (&t!(lang, "users-standing"), parts::chip(line.state.0, &line.state.1)),
            (&t!(lang, "users-certificate"), html! { @if let Some((state, word)) = &line.certificate { (parts::chip(*state, word)) } @else { (t!(lang, "users-certificate-not-needed")) } }),
            (&t!(lang, "users-second-factor"), html! { @if view.second_factor { (t!(lang, "second-factor-is-on")) } @else { (t!(lang, "second-factor-is-off")) } }),
            (&t!(lang, "users-since"), html! { span.num { (view.since) } }),
        ]))
        (access(lang, view))
        (parts::section(&t!(lang, "users-edit"), None, &html! {
            (view.form.summary(lang))
            form.form method="post" action=(view.path) {
                (form::csrf_field(view.form.csrf)) (form::hidden("version", &view.form.mark))
                (view.form.inputs(lang, false))
                (form::submit(&t!(lang, "users-form-save")))
            }
        }))
    }
}

fn access(lang: Lang, view: &UserView<'_>) -> Markup {
    let button = |to: &str, class: &str, key: &str| {
        form::button_form(&format!("{}{to}", view.path), view.form.csrf, &[], class, &html! { (t!(lang, key)) })
    };
    // Without an address the link is handed over by the admin: nothing is sent.
    let mailed = if view.form.fields.email.trim().is_empty() { "-link" } else { "" };
    let link = format!("{}{mailed}", if view.has_password { "users-reset" } else { "users-invite" });
    parts::section(
        &t!(lang, "users-access"),
        None,
        &html! {
            @if !view.disabled { p.quiet { (t!(lang, &format!("{link}-lead"))) } }
            div.acts {
                @if view.disabled { (button("/suspension/end", "do", "users-enable")) } @else {
                    (button("/invitation", "do", &link))
                    @if view.second_factor && !view.own { (button("/second-factor/removal", "", "users-second-factor-reset")) }
                    @if !view.own { (button("/suspension", "grave", "users-disable")) }
                }
            }
        },
    )
}

/// A link just made, shown this once.
pub struct LinkView<'a> {
    pub user: &'a str,
    pub name: &'a str,
    pub url: &'a str,
    pub until: &'a str,
    pub invitation: bool,
}

/// The link, to be handed over by the admin.
pub fn link(lang: Lang, view: &LinkView<'_>) -> Markup {
    let title = t!(lang, if view.invitation { "link-invitation-title" } else { "link-reset-title" }, name = view.name);
    html! {
        div { (parts::back(view.user, view.name)) (parts::head(None, &title, Some(&t!(lang, "link-lead", until = view.until)), None)) }
        pre #link { (view.url) }
        div.acts {
            button.btn type="button" hidden data-copy=(view.url) data-copied=(t!(lang, "link-copied")) { (icon(Icon::Copy)) span data-word { (t!(lang, "link-copy")) } }
        }
        (parts::note(State::Soon, &html! { p { (t!(lang, "link-warning")) } }))
    }
}

/// The branches, and the form of a new one.
pub struct BranchesView<'a> {
    pub csrf: &'a str,
    /// (code, name, time zone).
    pub branches: Vec<(String, String, String)>,
    pub code: &'a str,
    pub name: &'a str,
    pub time_zone: &'a str,
    /// (field, message) of what is wrong.
    pub problems: Vec<(String, String)>,
}

/// The branches.
pub fn branches(lang: Lang, view: &BranchesView<'_>) -> Markup {
    let error = |field: &str| view.problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str());
    let problems: Vec<_> = view.problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    let words = ["code", "name", "zone"].map(|key| t!(lang, &format!("branches-{key}")));
    html! {
        div { (parts::back("/users", &t!(lang, "users-title"))) (parts::head(None, &t!(lang, "branches-title"), None, None)) }
        @if view.branches.is_empty() {
            (parts::empty(Icon::Bank, &t!(lang, "branches-none"), &t!(lang, "branches-none-lead"), None))
        } @else {
            table.table {
                thead { tr { @for word in &words { th scope="col" { (word) } } } }
                tbody {
                    @for (code, name, zone) in &view.branches {
                        tr { th scope="row" { code { (code) } } td data-label=(words[1]) { a href={ "/branch-settings?" (form_urlencoded::Serializer::new(String::new()).append_pair("branch", code).finish()) } { (name) } } td data-label=(words[2]) { (zone) } }
                    }
                }
            }
        }
        (parts::section(&t!(lang, "branches-new"), None, &html! {
            (form::error_summary(&t!(lang, "users-form-problems", n = problems.len()), &problems))
            form.form method="post" action="/branches" {
                (form::csrf_field(view.csrf))
                (Field::new("code", &words[0]).value(view.code).error(error("code")).hint(&t!(lang, "branches-code-hint")).required().short().maxlength(64).autocomplete("off").text())
                (Field::new("name", &words[1]).value(view.name).error(error("name")).required().maxlength(100).autocomplete("off").text())
                (Field::new("time_zone", &words[2]).value(view.time_zone).error(error("time_zone")).required().autocomplete("off").text())
                (form::submit(&t!(lang, "branches-add")))
            }
        }))
    }
}
