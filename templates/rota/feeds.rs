//! The links under which calendar programs read shifts.

use maud::{Markup, html};

use crate::t;
use crate::templates::form;
use crate::templates::icons::{Icon, icon};
use crate::templates::parts::{self, Row};
use crate::templates::{Lang, State};

/// A link that works.
pub struct LinkLine {
    /// Where its end is posted.
    pub revoke: String,
    /// When it was made, in words.
    pub made: String,
    /// When it was last read, in words.
    pub read: String,
}

/// The links of a broker or an outlet.
pub struct FeedsView<'a> {
    pub csrf: &'a str,
    /// The id that the next link will have.
    pub id: &'a str,
    /// Where a new one is posted.
    pub action: &'a str,
    pub back: &'a str,
    /// Whose they are.
    pub name: &'a str,
    /// The reader's own, not an outlet's.
    pub is_own: bool,
    pub links: Vec<LinkLine>,
}

/// The links.
pub fn links(lang: Lang, view: &FeedsView<'_>) -> Markup {
    let lead = t!(lang, if view.is_own { "feed-lead-own" } else { "feed-lead-outlet" });
    let back = if view.is_own { t!(lang, "account-title") } else { view.name.to_owned() };
    html! {
        div {
            (parts::back(view.back, &back))
            (parts::head(Some(view.name), &t!(lang, "feed-title"), Some(&lead), None))
        }
        form.form method="post" action=(view.action) {
            (form::csrf_field(view.csrf)) (form::hidden("id", view.id))
            div.acts { (form::submit(&t!(lang, "feed-make"))) }
        }
        @if !view.links.is_empty() {
            section {
                div.sec-head { h2 { (t!(lang, "feed-links")) } }
                ul.rows {
                    @for link in &view.links {
                        @let meta = html! { span.num { (link.read) } };
                        @let end = form::button_form(&link.revoke, view.csrf, &[], "grave", &html! { (t!(lang, "feed-revoke")) });
                        (parts::row(&Row::plain(&link.made).meta(&meta).actions(&end)))
                    }
                }
            }
        }
    }
}

/// A link that was just made.
pub struct NewLinkView<'a> {
    pub back: &'a str,
    /// Whose it is.
    pub name: &'a str,
    /// Its address, shown only now.
    pub url: &'a str,
    /// The same, for the phone's calendar to open.
    pub subscribe: &'a str,
    pub is_own: bool,
}

/// The link, shown once.
pub fn new_link(lang: Lang, view: &NewLinkView<'_>) -> Markup {
    let warning = t!(lang, if view.is_own { "feed-warning-own" } else { "feed-warning-outlet" });
    html! {
        div {
            (parts::back(view.back, &t!(lang, "feed-title")))
            (parts::head(Some(view.name), &t!(lang, "feed-new-title"), Some(&t!(lang, "feed-once")), None))
        }
        pre #link { (view.url) }
        div.acts {
            a.btn.do href=(view.subscribe) { (icon(Icon::Calendar)) (t!(lang, "feed-subscribe")) }
            button.btn type="button" hidden data-copy=(view.url) data-copied=(t!(lang, "link-copied")) { (icon(Icon::Copy)) span data-word { (t!(lang, "link-copy")) } }
        }
        p.quiet { (t!(lang, "feed-how")) }
        (parts::note(State::Soon, &html! { p { (warning) } }))
    }
}
