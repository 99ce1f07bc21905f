//! The shell every page stands in: head, skip link, navigation, account, the message after a tap, and the content.

use maud::{DOCTYPE, Markup, html};

use super::form::{csrf_field, hidden};
use super::icons::{Icon, icon};
use super::{Lang, parts};

/// How many places the bar at the foot of a phone has.
const BAR_PLACES: usize = 5;

/// Everything around a page's own content.
pub struct Shell<'a> {
    pub lang: Lang,
    pub title: &'a str,
    /// `None` for a page outside: no navigation, the content in the middle.
    pub user: Option<ShellUser<'a>>,
    /// Most used first: a phone's bar shows the first five, or four and the way to the rest.
    pub nav: &'a [NavItem<'a>],
    pub flash: Option<Flash<'a>>,
    pub assets: &'a Assets,
    pub csrf: &'a str,
    /// A broker's id, for what their phone keeps; empty on the page without a network, which is nobody's. None: nothing is kept.
    pub keeper: Option<&'a str>,
    /// The same page in the other language.
    pub switch: LangSwitch<'a>,
    /// Style sheets of this page alone, after the common one.
    pub styles: &'a [&'a str],
    /// Scripts of this page alone, after the common one (Today: `Assets::checkin_js`).
    pub scripts: &'a [&'a str],
    /// Tables and maps: more than a column of text.
    pub wide: bool,
    pub labels: ShellLabels<'a>,
}

/// Who is signed in.
pub struct ShellUser<'a> {
    pub name: &'a str,
    pub role: &'a str,
    /// `None` at head office.
    pub branch: Option<&'a str>,
    /// What stands in the round mark: one character.
    pub initial: &'a str,
}

/// A place to go.
pub struct NavItem<'a> {
    pub href: &'a str,
    pub label: &'a str,
    pub icon: Icon,
    pub current: bool,
    /// What waits there; shown from one up.
    pub count: Option<u32>,
}

/// What the last tap did.
pub struct Flash<'a> {
    pub kind: FlashKind,
    pub text: &'a str,
    pub undo: Option<Undo<'a>>,
    /// Address and words.
    pub link: Option<(&'a str, &'a str)>,
}

/// How a message is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    Done,
    Warn,
    Bad,
}

/// One tap that takes the last one back.
pub struct Undo<'a> {
    pub action: &'a str,
    pub label: &'a str,
    /// Hidden fields that go with it.
    pub fields: &'a [(&'a str, &'a str)],
}

/// Where the browser finds what a page loads, with the content's hash in each address.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    pub css: String,
    pub js: String,
    pub checkin_js: String,
    pub offline_js: String,
    pub fence_js: String,
    pub now_js: String,
    pub board_css: String,
    pub board_js: String,
    pub plan_js: String,
    pub report_css: String,
    pub icon: String,
}

/// The link to the same page in the other language, in that language's own words.
pub struct LangSwitch<'a> {
    pub lang: Lang,
    pub label: &'a str,
    pub href: &'a str,
}

/// The shell's own words, translated.
pub struct ShellLabels<'a> {
    pub brand: &'a str,
    pub skip: &'a str,
    pub nav: &'a str,
    /// The bar's last place on a phone, and the name of what it leads to.
    pub more: &'a str,
    pub account: &'a str,
    pub sign_out: &'a str,
    /// `{n}` forms are not sent yet.
    pub kept: &'a str,
    /// Some of them for more than a day.
    pub kept_long: &'a str,
    /// Asks whether those may be lost; `{names}` are whose they are.
    pub discard: &'a str,
    /// Nobody signs out without a network.
    pub needs_network: &'a str,
}

/// A whole document around `body`.
pub fn page(shell: &Shell<'_>, body: &Markup) -> Markup {
    let signed = shell.user.is_some();
    html! {
        (DOCTYPE)
        html lang=(shell.lang.tag()) data-who=[shell.keeper] {
            (head(shell))
            body.signed[signed] {
                a.skip href="#main" { (shell.labels.skip) }
                (frame(shell))
                main #main tabindex="-1" .wide[shell.wide] {
                    @if let Some(flash) = &shell.flash { (parts::flash(flash, shell.csrf)) }
                    (body)
                }
            }
        }
    }
}

fn head(shell: &Shell<'_>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
            title { (shell.title) " · " (shell.labels.brand) }
            meta name="color-scheme" content="light dark";
            meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)";
            meta name="theme-color" content="#121614" media="(prefers-color-scheme: dark)";
            // A telephone number is a link where we make it one, and nowhere else.
            meta name="format-detection" content="telephone=no";
            link rel="icon" href=(shell.assets.icon) type="image/svg+xml";
            link rel="stylesheet" href=(shell.assets.css);
            @for style in shell.styles { link rel="stylesheet" href=(style); }
            script src=(shell.assets.js) defer {}
            @for script in shell.scripts { script src=(script) defer {} }
        }
    }
}

/// Brand, navigation and account: on a phone a line on top, a bar and a list at the foot; at a desk one column.
fn frame(shell: &Shell<'_>) -> Markup {
    html! {
        div.frame {
            header.top {
                a.brand href="/" {
                    img src=(shell.assets.icon) alt="" width="26" height="26";
                    span { (shell.labels.brand) }
                    @if let Some(branch) = shell.user.as_ref().and_then(|user| user.branch) { small { (branch) } }
                }
                a.lang href=(shell.switch.href) lang=(shell.switch.lang.tag()) hreflang=(shell.switch.lang.tag()) { (shell.switch.label) }
                @if let Some(user) = &shell.user {
                    a.me href="#menu" aria-label=(shell.labels.account) { span aria-hidden="true" { (user.initial) } }
                }
            }
            @if shell.keeper.is_some() { (kept(shell)) }
            @if let Some(user) = &shell.user { (navigation(shell)) (menu(shell, user)) }
        }
    }
}

/// How much of what was done here the server does not have yet; a script knows and shows it.
fn kept(shell: &Shell<'_>) -> Markup {
    html! { div.note.soon.no-print hidden data-kept=(shell.labels.kept) data-old=(shell.labels.kept_long) role="status" { a href="/offline" { (icon(Icon::Upload)) span {} } } }
}

/// The items of the bar, and those that had no place in it.
fn split<'s, 'a>(nav: &'s [NavItem<'a>]) -> (&'s [NavItem<'a>], &'s [NavItem<'a>]) {
    if nav.len() <= BAR_PLACES { (nav, &[]) } else { nav.split_at(BAR_PLACES - 1) }
}

fn navigation(shell: &Shell<'_>) -> Markup {
    let (places, rest) = split(shell.nav);
    html! {
        nav.bar aria-label=(shell.labels.nav) {
            ul {
                @for item in places { li { (nav_link(item)) } }
                @if !rest.is_empty() {
                    li.to-menu { a href="#menu" { (icon(Icon::Menu)) span { (shell.labels.more) } } }
                }
            }
        }
    }
}

fn nav_link(item: &NavItem<'_>) -> Markup {
    html! {
        a href=(item.href) aria-current=[item.current.then_some("page")] {
            (icon(item.icon))
            span { (item.label) }
            @if let Some(count) = item.count.filter(|count| *count > 0) { (parts::count(count)) }
        }
    }
}

fn menu(shell: &Shell<'_>, user: &ShellUser<'_>) -> Markup {
    let (_, rest) = split(shell.nav);
    html! {
        section.menu #menu aria-label=(shell.labels.account) {
            ul {
                @for item in rest { li { (nav_link(item)) } }
                li { a href="/account" { (icon(Icon::Gear)) span { (shell.labels.account) } } }
            }
            div.who {
                span.face aria-hidden="true" { (user.initial) }
                div {
                    b { (user.name) }
                    small { (user.role) @if let Some(branch) = user.branch { " · " (branch) } }
                }
            }
            form method="post" action="/sign-out" data-discard=[shell.keeper.map(|_| shell.labels.discard)] data-needs=[shell.keeper.map(|_| shell.labels.needs_network)] {
                (csrf_field(shell.csrf))
                @if shell.keeper.is_some() { (hidden("keep", "")) }
                button type="submit" { (icon(Icon::SignOut)) span { (shell.labels.sign_out) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'a>(nav: &'a [NavItem<'a>], assets: &'a Assets) -> Shell<'a> {
        Shell {
            lang: Lang::En,
            title: "<b>Today</b>",
            user: Some(ShellUser { name: "A & B", role: "Broker", branch: Some("<x>"), initial: "A" }),
            nav,
            flash: Some(Flash {
                kind: FlashKind::Done,
                text: "<script>alert(1)</script>",
                undo: Some(Undo { action: "/undo", label: "Undo", fields: &[("id", "\"><i>")] }),
                link: Some(("/to", "<i>")),
            }),
            assets,
            csrf: "tok\"en",
            keeper: None,
            switch: LangSwitch { lang: Lang::Zh, label: "中文", href: "/?lang=zh-CN" },
            styles: &[],
            scripts: &[],
            wide: false,
            labels: ShellLabels {
                brand: "Bankside",
                skip: "Skip",
                nav: "Main",
                more: "More",
                account: "Account",
                sign_out: "Sign out",
                kept: "{n} kept",
                discard: "Lose {n}?",
                kept_long: "{n} kept long",
                needs_network: "No network",
            },
        }
    }

    fn item(label: &str) -> NavItem<'_> {
        NavItem { href: "/x", label, icon: Icon::List, current: label == "1", count: Some(3) }
    }

    #[test]
    fn what_people_typed_is_never_markup() {
        let assets = Assets::default();
        let page = page(&shell(&[], &assets), &html! { p { "x" } }).into_string();
        for raw in ["<b>Today", "<x>", "<script>alert", "\"><i>", "tok\"en"] {
            assert!(!page.contains(raw), "{raw} got through");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn a_page_has_its_landmarks_its_language_and_no_inline_style_or_script() {
        let assets = Assets::default();
        let page = page(&shell(&[], &assets), &html! {}).into_string();
        for part in [
            "<!DOCTYPE html>",
            "lang=\"en\"",
            "<main",
            "<header",
            "<nav",
            "href=\"#main\"",
            "role=\"status\"",
            "action=\"/sign-out\"",
        ] {
            assert!(page.contains(part), "{part} is missing");
        }
        assert!(!page.contains("style=") && !page.contains("onclick"));
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn a_sixth_place_moves_to_the_menu_and_the_bar_keeps_five() {
        let labels = ["1", "2", "3", "4", "5", "6"];
        let items: Vec<NavItem<'_>> = labels.iter().map(|label| item(label)).collect();
        let (places, rest) = split(&items);
        assert_eq!((places.len(), rest.len()), (4, 2));
        assert_eq!(split(&items[..5]).1.len(), 0);
        let assets = Assets::default();
        let page = page(&shell(&items, &assets), &html! {}).into_string();
        assert!(page.contains("to-menu"));
        assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
    }

    #[test]
    fn outside_there_is_no_navigation_and_no_sign_out() {
        let assets = Assets::default();
        let mut outside = shell(&[], &assets);
        outside.user = None;
        let page = page(&outside, &html! {}).into_string();
        assert!(!page.contains("<nav") && !page.contains("/sign-out"));
    }
}
