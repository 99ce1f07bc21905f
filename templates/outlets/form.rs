//! The forms of an outlet, of its closed days and of the people there.

use maud::{Markup, html};

use super::{phase_word, tier_word};
use crate::outlets::closures::ClosureInput;
use crate::outlets::contacts::{ContactInput, Influence};
use crate::outlets::form::OutletForm;
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::outlets::special_hours::SpecialInput;
use crate::t;
use crate::templates::form::{self, Choice, Field};
use crate::templates::{Lang, State, parts};

/// Field and message of what is wrong.
type Problems = [(String, String)];

/// The form of an outlet.
pub struct FormView<'a> {
    /// What was typed.
    pub form: &'a OutletForm,
    /// Where it is posted.
    pub action: &'a str,
    /// Whether it makes a new one.
    pub is_new: bool,
    /// Whether somebody else changed it meanwhile.
    pub stale: bool,
    /// The banks there are, as suggestions.
    pub banks: &'a [String],
    /// Whether the branch must be named.
    pub names_branch: bool,
    /// The form token.
    pub csrf: &'a str,
    /// What is wrong.
    pub problems: &'a Problems,
}

fn error<'a>(problems: &'a Problems, field: &str) -> Option<&'a str> {
    problems.iter().find(|(f, _)| f == field).map(|(_, message)| message.as_str())
}

fn summary(lang: Lang, problems: &Problems) -> Markup {
    let pairs: Vec<(&str, &str)> = problems.iter().map(|(f, m)| (f.as_str(), m.as_str())).collect();
    form::error_summary(&t!(lang, "status-422"), &pairs)
}

/// The page.
pub fn outlet_form(lang: Lang, view: &FormView<'_>) -> Markup {
    let (form, title) = (view.form, t!(lang, if view.is_new { "outlets-new" } else { "outlet-edit" }));
    let back = if view.is_new { "/outlets" } else { view.action };
    let is_more = ["district", "phone", "grade", "note", "fence"].iter().any(|f| error(view.problems, f).is_some());
    html! {
        div {
            (parts::back(back, &t!(lang, "place-outlets")))
            (parts::head(Some(&form.name).filter(|_| !view.is_new).map(String::as_str), &title, None, None))
        }
        @if view.stale {
            (parts::note(State::Late, &html! { p { (t!(lang, "outlet-stale")) " " a href=(view.action) { (t!(lang, "outlet-stale-look")) } } }))
        }
        (summary(lang, view.problems))
        form.form method="post" action=(view.action) {
            (form::csrf_field(view.csrf))
            (form::hidden("id", &form.id))
            (form::hidden("version", &form.version))
            (identity(lang, view))
            (standing(lang, view))
            (place(lang, view))
            (hours(lang, view))
            (form::more(&t!(lang, "outlet-more"), is_more, &rest(lang, view)))
            div.acts { (form::submit(&t!(lang, "outlet-save"))) (parts::button_link(back, "bare", None, &t!(lang, "outlet-leave"))) }
        }
    }
}

/// A line of text under the label of its field.
fn line<'a>(view: &'a FormView<'_>, name: &'a str, label: &'a str, value: &'a str) -> Field<'a> {
    Field::new(name, label).value(value).error(error(view.problems, name))
}

fn identity(lang: Lang, view: &FormView<'_>) -> Markup {
    let form = view.form;
    html! {
        (line(view, "name", &t!(lang, "outlet-name"), &form.name).required().maxlength(200).text())
        div.pair {
            (line(view, "code", &t!(lang, "outlet-code"), &form.code).required().maxlength(64).text())
            @if view.names_branch { (line(view, "branch", &t!(lang, "outlet-branch"), &form.branch).required().text()) }
            @else { (form::hidden("branch", &form.branch)) }
        }
        (line(view, "bank", &t!(lang, "outlet-bank"), &form.bank).list("banks").maxlength(100).text())
        datalist #banks { @for bank in view.banks { option value=(bank) {} } }
        (line(view, "address", &t!(lang, "outlet-address"), &form.address).maxlength(300).text())
    }
}

fn standing(lang: Lang, view: &FormView<'_>) -> Markup {
    let form = view.form;
    let tiers: Vec<String> = Tier::ALL.iter().map(|t| tier_word(lang, Some(*t))).collect();
    let tiers: Vec<Choice<'_>> =
        Tier::ALL.iter().zip(&tiers).map(|(t, label)| Choice { value: t.as_str(), label }).collect();
    let phases: Vec<String> = Phase::ALL.iter().map(|p| phase_word(lang, *p)).collect();
    let phases: Vec<Choice<'_>> =
        Phase::ALL.iter().zip(&phases).map(|(p, label)| Choice { value: p.as_str(), label }).collect();
    html! {
        div.pair {
            (line(view, "tier", &t!(lang, "outlet-tier"), &form.tier).select(Some(&t!(lang, "outlet-unknown")), &tiers))
            (line(view, "parent", &t!(lang, "outlet-parent"), &form.parent).hint(&t!(lang, "outlet-parent-hint")).text())
        }
        div.pair {
            (line(view, "wanted_brokers", &t!(lang, "outlet-wanted"), &form.wanted_brokers).hint(&t!(lang, "outlet-wanted-hint")).inputmode("numeric").short().text())
            (line(view, "footfall", &t!(lang, "outlet-footfall"), &form.footfall).hint(&t!(lang, "outlet-footfall-hint")).inputmode("numeric").short().text())
        }
        (line(view, "assets_fen", &t!(lang, "outlet-assets"), &form.assets_fen).hint(&t!(lang, "outlet-assets-hint")).inputmode("decimal").short().text())
        div.pair {
            (line(view, "phase", &t!(lang, "outlet-phase"), &form.phase).select(None, &phases))
            @if !view.is_new { (line(view, "phase_reason", &t!(lang, "outlet-phase-reason"), &form.phase_reason).hint(&t!(lang, "outlet-phase-reason-hint")).maxlength(300).text()) }
        }
    }
}

fn place(lang: Lang, view: &FormView<'_>) -> Markup {
    let form = view.form;
    let datums = ["wgs84", "gcj02", "bd09"].map(|d| (d, t!(lang, &format!("datum-{d}"))));
    let datums: Vec<Choice<'_>> = datums.iter().map(|(value, label)| Choice { value, label }).collect();
    html! {
        div.pair {
            (line(view, "lat", &t!(lang, "outlet-lat"), &form.lat).inputmode("decimal").text())
            (line(view, "lon", &t!(lang, "outlet-lon"), &form.lon).inputmode("decimal").text())
        }
        div.pair {
            (line(view, "datum", &t!(lang, "imports-datum"), &form.datum).hint(&t!(lang, "imports-datum-hint")).select(None, &datums))
            (line(view, "radius_m", &t!(lang, "outlet-radius"), &form.radius_m).inputmode("numeric").short().text())
        }
    }
}

fn hours(lang: Lang, view: &FormView<'_>) -> Markup {
    html! {
        fieldset.field {
            legend { (t!(lang, "outlet-opening")) }
            p.hint { (t!(lang, "outlet-opening-hint")) }
            @for day in 1..=7 {
                @let name = format!("hours_{day}");
                (line(view, &name, &t!(lang, &format!("weekday-{day}")), view.form.hours(day)).autocomplete("off").text())
            }
        }
    }
}

fn rest(lang: Lang, view: &FormView<'_>) -> Markup {
    let form = view.form;
    html! {
        div.form {
            (line(view, "fence", &t!(lang, "outlet-fence"), &form.fence).hint(&t!(lang, "outlet-fence-hint")).textarea(5))
            (plan(lang))
            div.pair {
                (line(view, "district", &t!(lang, "outlet-district"), &form.district).maxlength(100).text())
                (line(view, "phone", &t!(lang, "outlet-phone"), &form.phone).maxlength(200).text())
            }
            (line(view, "grade", &t!(lang, "outlet-grade"), &form.grade).maxlength(20).short().text())
            (line(view, "note", &t!(lang, "outlet-note"), &form.note).maxlength(2000).textarea(3))
        }
    }
}

/// The form of closed days.
pub fn closure_form(
    lang: Lang,
    outlet: &str,
    name: &str,
    input: &ClosureInput,
    problems: &Problems,
    csrf: &str,
) -> Markup {
    let back = format!("/outlets/{outlet}");
    html! {
        div { (parts::back(&back, name)) (parts::head(None, &t!(lang, "closure-new"), Some(&t!(lang, "closure-lead")), None)) }
        (summary(lang, problems))
        form.form method="post" action={ (back) "/closures" } {
            (form::csrf_field(csrf))
            (form::hidden("id", &input.id))
            div.pair {
                (Field::new("from", &t!(lang, "closure-from")).value(&input.from).error(error(problems, "from")).required().date())
                (Field::new("to", &t!(lang, "closure-to")).value(&input.to).error(error(problems, "to")).date())
            }
            (Field::new("reason", &t!(lang, "closure-reason")).value(&input.reason).error(error(problems, "reason")).maxlength(200).text())
            div.acts { (form::submit(&t!(lang, "outlet-save"))) (parts::button_link(&back, "bare", None, &t!(lang, "outlet-leave"))) }
        }
    }
}

/// The form of one day's hours.
pub fn special_form(
    lang: Lang,
    outlet: &str,
    name: &str,
    input: &SpecialInput,
    problems: &Problems,
    csrf: &str,
) -> Markup {
    let back = format!("/outlets/{outlet}");
    html! {
        div { (parts::back(&back, name)) (parts::head(None, &t!(lang, "special-new"), Some(&t!(lang, "special-lead")), None)) }
        (summary(lang, problems))
        form.form method="post" action={ (back) "/special-hours" } {
            (form::csrf_field(csrf))
            (Field::new("date", &t!(lang, "special-date")).value(&input.date).error(error(problems, "date")).required().date())
            div.pair {
                (Field::new("opens", &t!(lang, "special-opens")).value(&input.opens).error(error(problems, "opens")).required().time())
                (Field::new("closes", &t!(lang, "special-closes")).value(&input.closes).error(error(problems, "closes")).required().time())
            }
            (Field::new("reason", &t!(lang, "special-reason")).value(&input.reason).error(error(problems, "reason")).maxlength(200).text())
            div.acts { (form::submit(&t!(lang, "outlet-save"))) (parts::button_link(&back, "bare", None, &t!(lang, "outlet-leave"))) }
        }
    }
}

/// The form of a contact; `outlet`: its page and name.
pub fn contact_form(
    lang: Lang,
    outlet: (&str, &str),
    action: &str,
    is_known: bool,
    input: &ContactInput,
    problems: &Problems,
    csrf: &str,
) -> Markup {
    let title = t!(lang, if is_known { "contact-edit" } else { "contact-new" });
    let words: Vec<String> =
        Influence::ALL.iter().map(|i| t!(lang, &format!("influence-{}", i.as_str().replace('_', "-")))).collect();
    let influences: Vec<Choice<'_>> =
        Influence::ALL.iter().zip(&words).map(|(i, label)| Choice { value: i.as_str(), label }).collect();
    html! {
        div { (parts::back(outlet.0, outlet.1)) (parts::head(None, &title, None, None)) }
        (summary(lang, problems))
        form.form method="post" action=(action) {
            (form::csrf_field(csrf))
            (form::hidden("id", &input.id))
            div.pair {
                (Field::new("name", &t!(lang, "contact-name")).value(&input.name).error(error(problems, "name")).required().autocomplete("off").maxlength(100).text())
                (Field::new("role", &t!(lang, "contact-role")).value(&input.role).error(error(problems, "role")).list("roles").maxlength(60).text())
            }
            datalist #roles { @for role in t!(lang, "contact-roles").split('|') { option value=(role.trim()) {} } }
            (Field::new("influence", &t!(lang, "contact-influence")).value(&input.influence).error(error(problems, "influence")).select(Some(&t!(lang, "outlet-unknown")), &influences))
            (Field::new("phone", &t!(lang, "outlet-phone")).value(&input.phone).error(error(problems, "phone")).autocomplete("off").maxlength(200).text())
            div.pair {
                (Field::new("introduced_by", &t!(lang, "contact-introduced-by")).value(&input.introduced_by).error(error(problems, "introduced_by")).maxlength(100).text())
                (Field::new("birthday", &t!(lang, "contact-birthday")).value(&input.birthday).error(error(problems, "birthday")).hint(&t!(lang, "contact-birthday-hint")).text())
            }
            (Field::new("is_client", &t!(lang, "contact-client")).value(if input.is_client.is_some() { "on" } else { "" }).checkbox())
            (Field::new("note", &t!(lang, "outlet-note")).value(&input.note).error(error(problems, "note")).maxlength(2000).textarea(3))
            div.acts { (form::submit(&t!(lang, "outlet-save"))) (parts::button_link(outlet.0, "bare", None, &t!(lang, "outlet-leave"))) }
        }
        @if is_known {
            @let removal = form::button_form(&format!("{action}/removal"), csrf, &[], "grave", &html! { (t!(lang, "contact-remove-do")) });
            (form::more(&t!(lang, "contact-remove"), false, &html! { p.quiet { (t!(lang, "contact-remove-effect")) } (removal) }))
        }
    }
}

/// The plan on which a fence is drawn; shown by `assets/fence.js` once the outlet's point is known. The text field says the same to who does not see it.
fn plan(lang: Lang) -> Markup {
    html! {
        div.plan data-draw hidden {
            p.hint { (t!(lang, "outlet-draw")) }
            svg viewBox="-200 -200 400 400" aria-hidden="true" focusable="false" {
                @for n in [-150, -100, -50, 0, 50, 100, 150] {
                    line.grid x1=(n) x2=(n) y1="-200" y2="200" {}
                    line.grid y1=(n) y2=(n) x1="-200" x2="200" {}
                }
                circle.area data-circle="" cx="0" cy="0" r="0" {}
                polygon.area data-ring="" points="" {}
                circle.spot cx="0" cy="0" r="4" {}
                g.spot data-corners="" {}
                path.scale d="M-190 184v6h100v-6" {}
                text x="-190" y="178" data-scale="" {}
            }
            div.acts {
                button.btn type="button" data-back="" { (t!(lang, "outlet-draw-back")) }
                button.btn type="button" data-clear="" { (t!(lang, "outlet-draw-clear")) }
            }
        }
    }
}
