//! Files to keep: their names by RFC 6266, and cells that no spreadsheet takes for a formula.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};

/// The type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file of a type under a name; `plain` is what an old program reads, `name` may hold any letters.
pub fn file(kind: &'static str, plain: &str, name: &str, content: Vec<u8>) -> HttpResponse {
    head(kind, plain, name).body(content)
}

/// The head of such an answer, for one that is written as it comes.
pub fn head(kind: &'static str, plain: &str, name: &str) -> HttpResponseBuilder {
    let plain: String =
        plain.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let told = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name));
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, kind)).insert_header((header::CONTENT_DISPOSITION, told));
    answer
}

/// As RFC 8187 writes a value: bytes that are no plain letter as `%E8`.
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A text for a cell of a CSV file: before what a spreadsheet would take for a formula stands an apostrophe, and one more before a text that looks as if
/// that had been done already, so that `text_of` gives back what was there.
pub fn cell(text: &str) -> String {
    if may_be_formula(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// What `cell` was given: the apostrophe before a formula is taken away.
pub fn text_of(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| may_be_formula(rest.trim_start_matches('\''))).unwrap_or(cell)
}

fn may_be_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || text.starts_with(['\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for evil in ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0"] {
            assert!(cell(evil).starts_with('\''), "{evil}");
        }
        assert_eq!(cell("南大街支行"), "南大街支行");
        for text in ["=1+1", "'=1", "''-2", "o'neill", "'s", "+86", ""] {
            assert_eq!(text_of(&cell(text)), text);
        }
    }

    #[test]
    fn a_name_is_said_in_both_ways() {
        let response = file("text/csv", "a\"b\r\n.csv", "考勤 2026.csv", Vec::new());
        let told = response.headers().get("content-disposition").and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(told, "attachment; filename=\"a-b--.csv\"; filename*=UTF-8''%E8%80%83%E5%8B%A4%202026.csv");
    }
}
