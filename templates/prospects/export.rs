//! The form of an export.

use maud::{Markup, html};

use crate::t;
use crate::templates::Lang;
use crate::templates::form::{self, Choice, Field};
use crate::templates::parts;

/// The form as it was filled in.
#[derive(Debug, Default)]
pub struct ExportView {
    pub csrf: String,
    /// Codes and names.
    pub branches: Vec<(String, String)>,
    pub branch: String,
    pub from: String,
    pub to: String,
    pub format: String,
    pub mobiles: bool,
    pub reason: String,
    /// By field.
    pub problems: Vec<(String, String)>,
}

/// The page.
pub fn export(lang: Lang, view: &ExportView) -> Markup {
    let of = |field: &str| view.problems.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str());
    let branches: Vec<Choice<'_>> = view.branches.iter().map(|(value, label)| Choice { value, label }).collect();
    let (sheet, text) = (t!(lang, "export-xlsx"), t!(lang, "export-csv"));
    let formats = [Choice { value: "xlsx", label: &sheet }, Choice { value: "csv", label: &text }];
    html! {
        (parts::back("/prospects", &t!(lang, "prospect-all")))
        (parts::head(None, &t!(lang, "export-title"), Some(&t!(lang, "export-about")), None))
        form.form method="post" action="/prospects/export" {
            (form::csrf_field(&view.csrf))
            (Field::new("branch", &t!(lang, "export-which-branch")).value(&view.branch).error(of("branch")).select(Some(&t!(lang, "export-all-branches")), &branches))
            (Field::new("from", &t!(lang, "export-from")).value(&view.from).error(of("from")).date())
            (Field::new("to", &t!(lang, "export-to")).value(&view.to).error(of("to")).date())
            (Field::new("format", &t!(lang, "export-format")).value(&view.format).error(of("format")).radio(&formats))
            label.check {
                input type="checkbox" name="mobiles" value="yes" checked[view.mobiles];
                span { (t!(lang, "export-mobiles")) small { (t!(lang, "export-mobiles-hint")) } }
            }
            (Field::new("reason", &t!(lang, "export-reason")).value(&view.reason).hint(&t!(lang, "export-reason-hint")).error(of("reason")).maxlength(500).text())
            (form::submit(&t!(lang, "export-do")))
        }
    }
}
