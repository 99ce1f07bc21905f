//! Bytes to text. Spreadsheets save "CSV" in whatever the machine's language is: UTF-8 with or without a byte order mark,
//! UTF-16 ("Unicode text"), GB18030 or its older part GBK. A file that is none of these is refused, not guessed at.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::FileError;

/// The text of a file, its byte order mark gone; where it is UTF-8, the bytes themselves.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, FileError> {
    refuse_known_kinds(bytes)?;
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (guess(bytes)?, bytes),
    };
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else {
        return Err(if encoding == UTF_8 { broken(bytes) } else { FileError::NotText });
    };
    // A file made by an old DOS program ends in a substitute character.
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('\u{1A}')),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches('\u{1A}').len());
            Cow::Owned(text)
        }
    };
    if text.contains('\0') || (encoding != UTF_8 && text.chars().any(is_no_text)) {
        return Err(FileError::NotText);
    }
    Ok(text)
}

fn guess(bytes: &[u8]) -> Result<&'static Encoding, FileError> {
    if bytes.contains(&0) {
        // The text of a table has line ends or commas, which hold a zero in UTF-16 and nowhere else.
        return [UTF_16LE, UTF_16BE].into_iter().find(|encoding| is_likely(encoding, bytes)).ok_or(FileError::NotText);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return Ok(UTF_8);
    }
    if is_nearly_utf8(bytes) {
        return Err(broken(bytes));
    }
    Ok(GB18030)
}

/// UTF-16 read in the wrong order turns commas and digits into rare signs.
fn is_likely(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else {
        return false;
    };
    let usual = |c: &char| matches!(*c, ' '..='~' | '\t' | '\r' | '\n' | '\u{A0}'..='\u{FF}' | '\u{3000}'..='\u{303F}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}');
    let total = text.chars().count();
    let good = text.chars().filter(usual).count();
    !text.contains('\0') && good * 20 >= total * 19
}

/// One damaged character in a UTF-8 file must not make all of it pass for GB18030, which gives a sense to almost any pair
/// of bytes. Chinese in UTF-8 is three bytes a character; in GB18030 text such triples are rare accidents.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 3 * bad
}

fn broken(bytes: &[u8]) -> FileError {
    let valid = std::str::from_utf8(bytes).err().map_or(bytes.len(), |error| error.valid_up_to());
    let line = bytes[..valid].iter().filter(|b| **b == b'\n').count() + 1;
    FileError::BrokenText { encoding: "UTF-8", line }
}

/// What no table of people's records holds: control characters and private use. Bytes that are no text decode to these.
fn is_no_text(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{C}'))
        || c == '\u{FFFD}'
        || c == '\u{FFFF}'
        || c == '\u{FFFE}'
}

/// Files people send by mistake, told by their first bytes so that the message can name them.
fn refuse_known_kinds(bytes: &[u8]) -> Result<(), FileError> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"%PDF", "PDF"),
        (b"\x89PNG", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"BM6", "BMP"),
        (b"Rar!", "RAR"),
        (b"7z\xBC\xAF\x27\x1C", "7z"),
        (b"\x1F\x8B", "gzip"),
        (b"{\\rtf", "RTF"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x7FELF", "ELF"),
        (b"MZ\x90", "EXE"),
    ];
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(if is_encrypted_package(bytes) { FileError::Protected } else { FileError::OldExcel });
    }
    if let Some((_, what)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FileError::NotASpreadsheet { what });
    }
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = String::from_utf8_lossy(&start[..start.len().min(512)]).trim_start().to_ascii_lowercase();
    // Many web programs save a page as .xls.
    if ["<html", "<!doctype", "<table", "<meta", "<head"].iter().any(|tag| head.starts_with(tag)) {
        return Err(FileError::NotASpreadsheet { what: "HTML" });
    }
    if head.starts_with("<?xml") {
        return Err(FileError::NotASpreadsheet { what: "XML" });
    }
    Ok(())
}

/// A workbook with a password is packed as a compound document that names its content so.
fn is_encrypted_package(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "网点名称,银行,经度\r\n中国建设银行(沣京路分理处),中国建设银行,108.6375\r\n";

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{FEFF}" } else { "" };
        mark.chars()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let gb = GB18030.encode(TEXT).0.into_owned();
        assert!(std::str::from_utf8(&gb).is_err());
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend(TEXT.as_bytes());
        let mut files = vec![TEXT.as_bytes().to_vec(), marked, gb];
        files.extend(
            [(false, false), (false, true), (true, false), (true, true)].map(|(big, mark)| utf16(TEXT, big, mark)),
        );
        for bytes in files {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT), "{:x?}", &bytes[..8]);
        }
    }

    #[test]
    fn rare_characters_of_gb18030_are_read() {
        let text = "姓名,备注\n\u{20089}先生,\u{3400}\n";
        assert_eq!(decode(&GB18030.encode(text).0).as_deref(), Ok(text));
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let kind = |bytes: &[u8]| decode(bytes).unwrap_err();
        assert_eq!(kind(b""), FileError::Empty);
        assert_eq!(kind(b"%PDF-1.7\n"), FileError::NotASpreadsheet { what: "PDF" });
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), FileError::NotASpreadsheet { what: "PNG" });
        assert_eq!(kind(b"<html><table><tr><td>"), FileError::NotASpreadsheet { what: "HTML" });
        assert_eq!(kind(b"\xEF\xBB\xBF\n <!DOCTYPE html>"), FileError::NotASpreadsheet { what: "HTML" });
        let mut old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        old.extend([0; 64]);
        assert_eq!(kind(&old), FileError::OldExcel);
        old.extend(utf16("EncryptedPackage", false, false));
        assert_eq!(kind(&old), FileError::Protected);
        assert_eq!(kind(b"name,code\nA\0B,1\n"), FileError::NotText);
        assert_eq!(kind(&[0; 4096]), FileError::NotText);
        let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(kind(&noise), FileError::NotText);
    }

    #[test]
    fn a_utf8_file_cut_in_a_character_is_not_taken_for_gb18030() {
        let mut bytes = "name,code\n中国建设银行沣京路分理处,1\n".as_bytes().to_vec();
        bytes.truncate(bytes.len() - 4);
        assert_eq!(decode(&bytes), Err(FileError::BrokenText { encoding: "UTF-8", line: 2 }));
        let mut marked = b"\xEF\xBB\xBFname\n".to_vec();
        marked.push(0xFF);
        assert_eq!(decode(&marked), Err(FileError::BrokenText { encoding: "UTF-8", line: 2 }));
    }

    proptest! {
        #[test]
        fn gb18030_text_is_never_taken_for_something_else(names in prop::collection::vec("[一-龥]{2,12}", 1..30)) {
            let text = format!("名称,地址\r\n{}\r\n", names.join(",1\r\n"));
            let encoded = GB18030.encode(&text).0;
            let decoded = decode(&encoded);
            prop_assert_eq!(decoded.as_deref(), Ok(text.as_str()));
        }

        #[test]
        fn it_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
