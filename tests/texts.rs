//! What people read and what templates know: every text named in the code is there in both languages, and no template reaches for the database.

use std::fs;
use std::path::{Path, PathBuf};

use bankside::language::Lang;

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                // What stands in a file's own tests need not be a text of ours.
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
                if !path.to_string_lossy().ends_with("_tests.rs") {
                    found.push((path, code));
                }
            }
        }
    }
    found
}

/// The string literals that follow `opening` as the argument number `argument` of a call.
fn literals(text: &str, opening: &str, argument: usize) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(opening) {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue; // the end of another name: `format!(`
        }
        let mut rest = &text[at + opening.len()..];
        for _ in 0..argument {
            let Some(comma) = rest.find(',') else { break };
            rest = &rest[comma + 1..];
        }
        let rest = rest.trim_start();
        if let Some(literal) = rest.strip_prefix('"')
            && let Some(end) = literal.find('"')
            && literal[..end].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        {
            found.push(literal[..end].to_owned());
        }
    }
    found
}

fn missing(keys: impl IntoIterator<Item = (PathBuf, String)>) -> Vec<String> {
    let mut missing = Vec::new();
    for (path, key) in keys {
        for lang in Lang::ALL {
            if !lang.has(&key) {
                missing.push(format!("{key} ({lang}), named in {}", path.display()));
            }
        }
    }
    missing.sort();
    missing.dedup();
    missing
}

#[test]
fn every_text_that_the_code_names_is_there_in_both_languages() {
    let mut keys = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("templates")) {
        for key in literals(&text, "t!(", 1) {
            keys.push((path.clone(), key));
        }
    }
    assert!(keys.len() > 20, "the scan finds the texts: {}", keys.len());
    assert_eq!(missing(keys), Vec::<String>::new());
}

#[test]
fn every_error_code_has_its_words_in_both_languages() {
    let mut keys = Vec::new();
    for (path, text) in sources("src") {
        let fields = [("FieldError::new(", 1), ("Error::field(", 1), ("aults.add(", 1)];
        for (opening, argument) in fields {
            let codes = literals(&text, opening, argument);
            keys.extend(codes.into_iter().map(|c| (path.clone(), format!("error-{}", c.replace('_', "-")))));
        }
        for opening in ["Error::Conflict(", "Error::BadRequest(\"csrf", "Error::Unauthorized("] {
            let codes = literals(&text, opening, 0);
            keys.extend(codes.into_iter().map(|c| (path.clone(), format!("problem-{}", c.replace('_', "-")))));
        }
    }
    // Those that have words of their own for what they are told with.
    let told = ["error-out-of-range-least", "error-out-of-range-days"];
    keys.extend(told.map(|key| (PathBuf::from("src/error.rs"), key.to_owned())));
    assert!(keys.len() > 20, "the scan finds the codes: {}", keys.len());
    assert_eq!(missing(keys), Vec::<String>::new());
}

#[test]
fn every_action_of_the_audit_trail_has_its_words_in_both_languages() {
    let mut keys = Vec::new();
    for (path, text) in sources("src") {
        for opening in ["audit::record(", "audit::record_all(", "audit::entry(", "outage.record(", "outage::record("] {
            for (at, _) in text.match_indices(opening) {
                let call = text[at..].split(';').next().unwrap_or_default();
                let action = call.split('"').skip(1).step_by(2).find(|literal| literal.contains('.'));
                keys.extend(action.map(|a| (path.clone(), format!("audit-did-{}", a.replace(['.', '_'], "-")))));
            }
        }
    }
    assert!(keys.len() > 60, "the scan finds the actions: {}", keys.len());
    assert_eq!(missing(keys), Vec::<String>::new());
}

#[test]
fn no_template_reaches_for_the_database_or_builds_markup_from_strings() {
    for (path, text) in sources("templates") {
        // A line end in a mail's source is the one thing that is no text of anybody.
        let text = text.replace("Markup, PreEscaped, html", "").replace("PreEscaped(\"\\n\"", "");
        // The board has nine thousand cells: theirs begin with a word of ours, and have no end.
        let text = text.replace("PreEscaped(\"<td", "");
        for word in ["diesel", "schema::", "db::", "PreEscaped"] {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
    }
}

/// The Chinese texts: file, key and words, a line each.
fn chinese() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/locales/zh-CN");
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let lines: Vec<String> = files.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines
        .iter()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, words)| (key.trim().to_owned(), words.to_owned()))
        .collect()
}

#[test]
fn one_word_for_one_thing() {
    let glossary = include_str!("../docs/glossary.md");
    let rows = glossary.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| English"));
    let gone: Vec<&str> = rows
        .filter_map(|row| row.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    assert!(gone.len() > 10, "the glossary is read: {gone:?}");
    for (key, words) in chinese() {
        let found: Vec<&&str> = gone.iter().filter(|word| words.contains(**word)).collect();
        assert!(found.is_empty(), "{key} = {words}: {found:?}");
    }
}

#[test]
fn chinese_texts_have_full_width_punctuation_and_say_you_politely() {
    let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (key, words) in chinese() {
        assert!(!words.contains('你') && !words.contains('！'), "{key} = {words}");
        let chars: Vec<char> = words.chars().collect();
        for pair in chars.windows(2) {
            let half = |c: char| ",;:!?()".contains(c);
            let wrong = han(pair[0]) && half(pair[1]) || half(pair[0]) && han(pair[1]);
            // Where a form is given to be typed, its comma is the one to type.
            assert!(!wrong || words.contains("纬度,经度"), "{key} = {words}");
        }
    }
}
