//! What stands in a mail: one content, written as text and as plain HTML that any reader shows.

use maud::{DOCTYPE, Markup, html};

use super::Lang;

/// The content of a mail.
#[derive(Debug, Default)]
pub struct Content {
    pub title: String,
    pub lead: String,
    pub sections: Vec<Section>,
    /// Why one gets it, at the end.
    pub foot: String,
}

/// What stands under one heading.
#[derive(Debug, Default)]
pub struct Section {
    pub heading: String,
    pub items: Vec<Item>,
}

/// One thing to do or to know.
#[derive(Debug, Default)]
pub struct Item {
    pub title: String,
    pub lines: Vec<String>,
    pub href: Option<String>,
}

/// As text: a blank line before each heading and each item, so that it reads on any screen.
pub fn text(content: &Content) -> String {
    let mut lines = vec![content.title.clone(), String::new()];
    if !content.lead.is_empty() {
        lines.extend([content.lead.clone(), String::new()]);
    }
    for section in &content.sections {
        if !section.heading.is_empty() {
            lines.extend([format!("== {} ==", section.heading), String::new()]);
        }
        for item in &section.items {
            lines.push(item.title.clone());
            lines.extend(item.lines.iter().chain(&item.href).map(|line| format!("  {line}")));
            lines.push(String::new());
        }
    }
    lines.extend(["--".to_owned(), content.foot.clone(), String::new()]);
    lines.join("\n")
}

/// The end of a line in the source: some servers break lines over 998 bytes.
fn line_end() -> Markup {
    html! { "\n" }
}

/// As HTML, without styles, images or scripts.
pub fn html(lang: Lang, content: &Content) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head { meta charset="utf-8"; (line_end()) title { (content.title) } }
            (line_end())
            body {
                h1 { (content.title) } (line_end())
                @if !content.lead.is_empty() { p { (content.lead) } (line_end()) }
                @for section in &content.sections {
                    @if !section.heading.is_empty() { h2 { (section.heading) } (line_end()) }
                    ul {
                        @for item in &section.items { (one(item)) (line_end()) }
                    }
                    (line_end())
                }
                hr;
                p { small { (content.foot) } } (line_end())
            }
        }
    }
}

fn one(item: &Item) -> Markup {
    html! {
        li {
            @match &item.href {
                Some(href) => { a href=(href) { b { (item.title) } } }
                None => { b { (item.title) } }
            }
            @for line in &item.lines { br; (line_end()) (line) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content {
            title: "Two".into(),
            lead: "Good morning.".into(),
            sections: vec![Section {
                heading: "Overdue".into(),
                items: vec![Item {
                    title: "<b>Wang</b>".into(),
                    lines: vec!["a & b".into()],
                    href: Some("http://x/prospects/1".into()),
                }],
            }],
            foot: "Bankside".into(),
        }
    }

    #[test]
    fn text_and_html_say_the_same() {
        let (text, html) = (text(&content()), html(Lang::En, &content()).into_string());
        for part in ["Two", "Good morning.", "Overdue", "http://x/prospects/1", "Bankside"] {
            assert!(text.contains(part) && html.contains(part), "{part}");
        }
    }

    #[test]
    fn a_name_is_never_markup() {
        let html = html(Lang::En, &content()).into_string();
        assert!(!html.contains("<b>Wang") && html.contains("&lt;b&gt;Wang"));
        assert!(html.contains("a &amp; b"));
    }

    #[test]
    fn no_line_of_the_source_is_too_long_for_mail() {
        let mut long = content();
        long.sections[0].items = (0..50)
            .map(|n| Item { title: n.to_string(), lines: vec!["x".repeat(200)], href: Some("http://x".into()) })
            .collect();
        assert!(html(Lang::En, &long).into_string().lines().all(|line| line.len() < 900));
    }
}
