//! The addresses of the funnel's pages: what is asked for, as a query.

use super::people::Who;
use super::query::{FunnelQuery, GroupBy};

/// The period and to what it is narrowed.
pub fn period(asked: &FunnelQuery) -> String {
    within(asked, &only(asked))
}

fn within(asked: &FunnelQuery, only: &[(String, String)]) -> String {
    let only = only.iter().map(|(field, value)| format!("&{field}={value}"));
    format!("from={}&to={}{}", asked.from, asked.to, only.collect::<String>())
}

/// To what it is narrowed, as fields.
pub fn only(asked: &FunnelQuery) -> Vec<(String, String)> {
    let only = [
        asked.only.broker.map(|id| ("broker_id".to_owned(), id.to_string())),
        asked.only.outlet.map(|id| ("outlet_id".to_owned(), id.to_string())),
        asked.only.source.map(|source| ("source".to_owned(), source.to_string())),
    ];
    only.into_iter().flatten().collect()
}

/// The funnel itself.
pub fn funnel(asked: &FunnelQuery) -> String {
    format!("/funnel?{}&group_by={}&compare={}", period(asked), asked.group_by.as_str(), asked.compare.as_str())
}

/// The people behind a number of it.
pub fn people(asked: &FunnelQuery, key: Option<&str>, who: Who) -> String {
    let key = key.map(|key| format!("&group_by={}&key={key}", asked.group_by.as_str())).unwrap_or_default();
    format!("/funnel/people?{}{key}&{}", period(asked), who.query())
}

/// A group looked into: the same period, by what tells most of it.
pub fn group(asked: &FunnelQuery, key: &str) -> Option<String> {
    let (field, by) = match asked.group_by {
        GroupBy::Outlet if key != "none" => ("outlet_id", "broker"),
        GroupBy::Broker => ("broker_id", "month"),
        GroupBy::Source => ("source", "outlet"),
        _ => return None,
    };
    // It may be narrowed to this very one already; the other fields stay.
    let mut only = only(asked);
    only.retain(|(name, _)| name != field);
    only.push((field.to_owned(), key.to_owned()));
    let compare = asked.compare.as_str();
    Some(format!("/funnel?{}&group_by={by}&compare={compare}", within(asked, &only)))
}
