//! A page asked for at an address of which a part is wrong: which part, what is wrong with it, and the address without it.

use actix_web::HttpRequest;
use actix_web::http::Method;

use super::api::message;
use super::gate::Found;
use crate::error::{Error, FieldError};
use crate::routes;

/// So much of what stands in an address is shown.
const SHOWN: usize = 60;

/// What is wrong with an address.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongAddress {
    /// The parts as they stand there, and what is wrong with each.
    pub parts: Vec<(String, String)>,
    /// The page without them; of a file that is offered on a page, that page. None where nothing can be left out.
    pub without: Option<String>,
}

/// What is wrong with the address of a request, if that is what an error is about.
pub fn of(req: &HttpRequest, found: &Found, error: &Error) -> Option<WrongAddress> {
    if !matches!(*req.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(req.query_string().as_bytes()).into_owned().collect();
    let faults = match error {
        Error::Invalid(faults) => faults.clone(),
        Error::NotFound(Some(field)) if pairs.iter().any(|(name, _)| name == field) => {
            vec![FieldError::new(*field, "not_found")]
        }
        _ => return None,
    };
    let parts = faults.iter().map(|fault| (part(&pairs, &fault.field), message(found.lang, fault))).collect();
    let is_wrong = |name: &str| faults.iter().any(|fault| fault.field == name);
    let path = page_of(req.path(), found).unwrap_or(req.path());
    let other = without(path, &pairs, is_wrong);
    // Where nothing was asked for, nothing can be left out.
    let differs = !pairs.is_empty() || other != req.path();
    Some(WrongAddress { parts, without: differs.then_some(other) })
}

/// A part as it stands in the address.
fn part(pairs: &[(String, String)], field: &str) -> String {
    let Some((name, value)) = pairs.iter().find(|(name, _)| name == field) else { return field.to_owned() };
    let shown: String = value.chars().take(SHOWN).collect();
    let more = if shown.len() < value.len() { "…" } else { "" };
    format!("{name}={shown}{more}")
}

/// The path with the rest of what was asked for. Where the fault lies in something that is not there, what is there does not go together: then all is left out.
fn without(path: &str, pairs: &[(String, String)], is_wrong: impl Fn(&str) -> bool) -> String {
    let kept: Vec<&(String, String)> = pairs.iter().filter(|(name, _)| !is_wrong(name)).collect();
    if kept.is_empty() || kept.len() == pairs.len() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    format!("{path}?{query}")
}

/// The page on which a file is offered, where the reader may open it.
fn page_of<'a>(path: &'a str, found: &Found) -> Option<&'a str> {
    let page = path.strip_suffix(".csv").or_else(|| path.strip_suffix(".xlsx"))?;
    let pattern = routes::find(page)?.value;
    let (_, entry) = pattern.entry(&Method::GET).filter(|_| pattern.path == page)?;
    let role = found.session.as_ref().map(|session| session.user.role);
    role.is_some_and(|role| entry.access.allows(role)).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_right_in_an_address_stays() {
        let asked = pairs(&[("from", "2026-01-01"), ("outlet_id", "a b"), ("q", "王 1")]);
        let rest = without("/funnel", &asked, |name| name == "outlet_id");
        assert_eq!(rest, "/funnel?from=2026-01-01&q=%E7%8E%8B+1");
        // The end is not given and is before the beginning.
        assert_eq!(without("/funnel", &asked, |name| name == "to"), "/funnel");
        assert_eq!(without("/funnel", &asked, |_| true), "/funnel");
    }

    #[test]
    fn a_long_value_is_cut() {
        let asked = pairs(&[("outlet_id", &"长".repeat(61)), ("to", "x")]);
        assert_eq!(part(&asked, "outlet_id"), format!("outlet_id={}…", "长".repeat(60)));
        assert_eq!((part(&asked, "to"), part(&asked, "from")), ("to=x".to_owned(), "from".to_owned()));
    }
}
