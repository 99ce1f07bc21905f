//! Files to keep: their names by RFC 6266, and cells that no spreadsheet takes for a formula.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::text::percent;

/// A file of a type under a name; `plain` is what an old program reads, `name` may hold any letters.
pub fn file(kind: &'static str, plain: &str, name: &str, content: Vec<u8>) -> HttpResponse {
    let plain: String =
        plain.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let told = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, told))
        .body(content)
}

/// A text for a cell of a CSV file: what a spreadsheet would take for a formula begins with an apostrophe.
pub fn cell(text: &str) -> String {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
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
    }

    #[test]
    fn a_name_is_said_in_both_ways() {
        let response = file("text/csv", "a\"b\r\n.csv", "考勤 2026.csv", Vec::new());
        let told = response.headers().get("content-disposition").and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(told, "attachment; filename=\"a-b--.csv\"; filename*=UTF-8''%E8%80%83%E5%8B%A4%202026.csv");
    }
}
