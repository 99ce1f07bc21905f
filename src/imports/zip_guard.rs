//! Stands before the workbook reader: an archive is unpacked once into nothing, with every byte counted, so that what a
//! hostile file declares about itself is never believed. Memory stays small whatever it holds.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::error::FileError;

/// What all entries may unpack to together.
const MAX_UNPACKED: u64 = 200 * 1024 * 1024;
/// Tables pack to a tenth or a fiftieth; what packs better than this, and is not small, was made to.
const MAX_RATIO: u64 = 300;
const RATIO_MATTERS_FROM: u64 = 30 * 1024 * 1024;
const MAX_ENTRIES: usize = 2_000;
/// The reader makes room for as many texts as a workbook says it has before it reads one.
const MAX_DECLARED_TEXTS: u64 = 4_000_000;

/// Refuses what is no `.xlsx`, is damaged, or would unpack too large.
pub fn check(bytes: &[u8]) -> Result<(), FileError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    refuse_other_kinds(&archive)?;
    if archive.len() > MAX_ENTRIES {
        return Err(FileError::UnpacksTooLarge);
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        if entry.size() > left {
            return Err(FileError::UnpacksTooLarge);
        }
        let holds_texts =
            entry.name().map_err(|error| damaged(&error))?.to_ascii_lowercase().ends_with("sharedstrings.xml");
        left = if holds_texts { check_texts(&mut entry, left)? } else { count(&mut entry, left)? };
        let unpacked = MAX_UNPACKED - left;
        if unpacked > RATIO_MATTERS_FROM && unpacked / MAX_RATIO > bytes.len() as u64 {
            return Err(FileError::UnpacksTooLarge);
        }
    }
    Ok(())
}

/// Reads an entry to its end and returns what is left of the allowance.
fn count(entry: &mut impl Read, mut left: u64) -> Result<u64, FileError> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = entry.read(&mut buffer).map_err(|error| FileError::Damaged { detail: error.to_string() })?;
        if read == 0 {
            return Ok(left);
        }
        left = left.checked_sub(read as u64).ok_or(FileError::UnpacksTooLarge)?;
    }
}

/// As [`count`], for the workbook's texts: how many there are said to be must be believable, wherever it is said. Room for a
/// trillion texts would end the process, not only the request.
fn check_texts(entry: &mut impl Read, left: u64) -> Result<u64, FileError> {
    const NAME: &[u8] = b"uniqueCount";
    let mut content = Vec::new();
    entry.take(left + 1).read_to_end(&mut content).map_err(|error| FileError::Damaged { detail: error.to_string() })?;
    let left = left.checked_sub(content.len() as u64).ok_or(FileError::UnpacksTooLarge)?;
    // In an encoding with zero bytes the name could hide from this search; no spreadsheet program writes one.
    if content.contains(&0) {
        return Err(FileError::Damaged { detail: "zero bytes in the texts".to_owned() });
    }
    let mut rest = content.as_slice();
    while let Some(at) = rest.windows(NAME.len()).position(|window| window == NAME) {
        rest = &rest[at + NAME.len()..];
        if number_after(rest) > MAX_DECLARED_TEXTS {
            return Err(FileError::UnpacksTooLarge);
        }
    }
    Ok(left)
}

/// The number of an attribute whose name has just been read.
fn number_after(name: &[u8]) -> u64 {
    let digits = name
        .iter()
        .skip_while(|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'"' | b'\''))
        .take_while(|b| b.is_ascii_digit());
    digits.fold(0_u64, |sum, b| sum.saturating_mul(10).saturating_add(u64::from(b - b'0')))
}

fn refuse_other_kinds(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<(), FileError> {
    const KINDS: &[(&str, &str)] = &[
        ("word/document.xml", "DOCX"),
        ("ppt/presentation.xml", "PPTX"),
        ("xl/workbook.bin", "XLSB"),
        ("content.xml", "ODS"),
    ];
    let has = |name: &str| archive.file_names().flatten().any(|n| n.eq_ignore_ascii_case(name));
    if let Some((_, what)) = KINDS.iter().find(|(name, _)| has(name)) {
        return Err(FileError::NotASpreadsheet { what });
    }
    if !has("[Content_Types].xml") {
        return Err(FileError::NotASpreadsheet { what: "ZIP" });
    }
    Ok(())
}

fn damaged(error: &zip::result::ZipError) -> FileError {
    FileError::Damaged { detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

    #[test]
    fn a_plain_archive_passes() {
        assert_eq!(check(&archive(&[TYPES, ("xl/sharedStrings.xml", b"<sst uniqueCount=\"4000000\">")])), Ok(()));
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_says_and_by_what_it_holds() {
        let zeros = vec![b' '; 40 * 1024 * 1024];
        let honest = archive(&[TYPES, ("xl/worksheets/sheet1.xml", &zeros)]);
        assert_eq!(check(&honest), Err(FileError::UnpacksTooLarge), "ratio");
        let mut lying = honest.clone();
        let size = (zeros.len() as u32).to_le_bytes();
        let places: Vec<usize> = lying.windows(4).enumerate().filter(|(_, w)| *w == size).map(|(at, _)| at).collect();
        assert!(!places.is_empty());
        for at in places {
            lying[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
        assert!(check(&lying).is_err());
    }

    #[test]
    fn room_for_texts_that_are_not_there_is_refused() {
        let file = |text: &str| check(&archive(&[TYPES, ("xl/SharedStrings.xml", text.as_bytes())]));
        assert_eq!(file("<sst uniqueCount=\"99999999999999999999999\"></sst>"), Err(FileError::UnpacksTooLarge));
        let padding = " ".repeat(70_000);
        let hidden = format!("<!-- uniqueCount=\"1\" --><sst{padding}uniqueCount{padding}=\n '900000000'></sst>");
        assert_eq!(file(&hidden), Err(FileError::UnpacksTooLarge));
        let wide: String = "<sst uniqueCount=\"900000000\"/>".chars().flat_map(|c| [c, '\0']).collect();
        assert!(file(&wide).is_err());
    }

    #[test]
    fn other_archives_are_refused_by_name() {
        for (name, what) in [("word/document.xml", "DOCX"), ("content.xml", "ODS"), ("xl/workbook.bin", "XLSB")] {
            assert_eq!(check(&archive(&[TYPES, (name, b"")])), Err(FileError::NotASpreadsheet { what }));
        }
        assert_eq!(check(&archive(&[("a.csv", b"name\n")])), Err(FileError::NotASpreadsheet { what: "ZIP" }));
    }

    proptest! {
        #[test]
        fn it_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), changes in prop::collection::vec((0_usize..400, any::<u8>()), 0..4)) {
            let _ = check(&bytes);
            let mut file = archive(&[TYPES, ("xl/sharedStrings.xml", b"<sst uniqueCount=\"1\"/>")]);
            for (at, byte) in changes {
                let at = at % file.len();
                file[at] = byte;
            }
            let _ = check(&file);
        }
    }
}
