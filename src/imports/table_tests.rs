use encoding_rs::{GB18030, UTF_8};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::super::columns::{CALENDAR, COMMUNITIES, OUTLETS, PROSPECTS};
use super::super::trial_file;
use super::*;

fn utf16le(text: &str) -> Vec<u8> {
    format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn names(table: &Table) -> Vec<(u32, &str)> {
    table.rows.iter().map(|row| (row.number, table.text(row, "name").unwrap().unwrap_or("-"))).collect()
}

#[test]
fn delimiters_and_encodings_make_no_difference() {
    let text = |d: &str| {
        format!(
            "名单{d}{d}\r\n\r\n网点名称{d}地址{d}经度\r\n中国银行(钟楼支行){d}\"甲,乙;丙\t丁\"{d}108.9\r\n{d}{d}\r\n"
        )
    };
    for delimiter in [",", ";", "\t"] {
        let text = text(delimiter);
        for bytes in [UTF_8.encode(&text).0.into_owned(), GB18030.encode(&text).0.into_owned(), utf16le(&text)] {
            let table = read(&bytes, &OUTLETS).unwrap();
            assert_eq!(names(&table), [(4, "中国银行(钟楼支行)")]);
            assert_eq!(table.text(&table.rows[0], "address").unwrap(), Some("甲,乙;丙\t丁"));
            assert_eq!(table.text(&table.rows[0], "lon").unwrap(), Some("108.9"));
            assert!(table.warnings.is_empty());
        }
    }
}

#[test]
fn a_declared_delimiter_counts_as_a_row() {
    let table = read(b"sep=;\nname;address\nA;\"x, y\"\n", &OUTLETS).unwrap();
    assert_eq!(names(&table), [(3, "A")]);
}

#[test]
fn ragged_rows_are_read_and_shifted_ones_faulted() {
    let table = read("名称,地址,经度\nA\nB,x,1,,\nC,x,y,108.9\n\n,,\n".as_bytes(), &OUTLETS).unwrap();
    assert_eq!(names(&table), [(2, "A"), (3, "B"), (4, "C")]);
    assert_eq!(table.text(&table.rows[0], "lon"), Ok(None));
    let faults: Vec<Located> = table.row_faults().collect();
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].row, faults[0].problem.code), (Some(4), "too_many_cells"));
}

#[test]
fn a_bad_cell_is_named_by_row_and_the_files_own_header() {
    let table = read("名称,经度（BD-09）\nA,东边\nB,\u{7}\n".as_bytes(), &OUTLETS).unwrap();
    let lon = |row: usize| table.value(&table.rows[row], "lon", |text| text.parse::<f64>().map_err(|_| "bad_number"));
    let place = |row, code: &'static str| Located {
        row: Some(row),
        column: Some("经度（BD-09）".to_owned()),
        problem: code.into(),
    };
    assert_eq!(lon(0), Err(place(2, "bad_number")));
    assert_eq!(lon(1), Err(place(3, "control_character")));
    assert_eq!(table.value(&table.rows[0], "lat", |_| Err::<(), _>("never called")), Ok(None));
}

#[test]
fn a_workbook_is_told_by_its_content() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["准客户名单", "", ""]).unwrap();
    sheet.write_row(2, 0, ["姓名", "手机", "见面时间"]).unwrap();
    sheet.write(3, 0, "王小明").unwrap();
    sheet.write(3, 1, 13_800_138_000_i64).unwrap();
    sheet.write(3, 2, "2026-11-21 09:30").unwrap();
    sheet.write(5, 7, "旁注").unwrap();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "x").unwrap();
    let table = read(&book.save_to_buffer().unwrap(), &PROSPECTS).unwrap();
    assert_eq!(names(&table), [(4, "王小明")]);
    assert_eq!(table.text(&table.rows[0], "mobile"), Ok(Some("13800138000")));
    let codes: Vec<&str> = table.warnings.iter().map(|w| w.problem.code).collect();
    assert_eq!(codes.iter().filter(|c| **c == "other_sheets").count(), 1);
    assert!(codes.contains(&"unnamed_column"));
}

#[test]
fn files_that_are_none_are_refused() {
    let error = |bytes: &[u8]| read(bytes, &OUTLETS).unwrap_err();
    assert_eq!(error(b""), FileError::Empty);
    assert_eq!(error(b"\n\n,,\n"), FileError::Empty);
    assert!(matches!(error(b"hello\nworld\n"), FileError::NoHeader { .. }));
    assert!(matches!(error(b"PK\x03\x04 not really"), FileError::Damaged { .. }));
    assert_eq!(error(&vec![b'a'; MAX_BYTES + 1]), FileError::TooLarge { max_mb: 20 });
    assert_eq!(error("名称,地址\nA,\"x\nB,y\n".as_bytes()), FileError::UnclosedQuote { row: 2 });
    let many = "名称\n".to_owned() + &"A\n".repeat(200_000);
    assert_eq!(error(many.as_bytes()), FileError::TooManyRows { max: 200_000 });
    let wide = format!("名称{}\n", ",x".repeat(200));
    assert_eq!(error(wide.as_bytes()), FileError::TooManyColumns { max: 200 });
    assert_eq!(read("名称\n".as_bytes(), &OUTLETS).unwrap().warnings, [Located::nowhere("no_rows")]);
}

#[test]
fn the_trial_files_come_in_whole() {
    for (file, columns, rows, fields) in [
        ("xian_banks_bd09.csv", &OUTLETS, 1378, vec!["code", "name", "address", "district", "phone", "lon", "lat"]),
        (
            "outlets_gb18030_crlf.csv",
            &OUTLETS,
            1378,
            vec!["name", "bank", "sub_name", "tier", "address", "district", "phone", "lon", "lat"],
        ),
        ("xian_communities_bd09.csv", &COMMUNITIES, 1545, vec!["code", "name", "address", "district", "lon", "lat"]),
        ("cn_days_2024_2027.csv", &CALENDAR, 1461, vec!["date", "is_workday", "name"]),
    ] {
        let Some(bytes) = trial_file(file) else { return };
        let table = read(&bytes, columns).unwrap();
        assert_eq!(table.rows.len(), rows, "{file}");
        assert_eq!(table.headers.iter().map(|h| h.field).collect::<Vec<_>>(), fields, "{file}");
        assert_eq!(table.rows.last().map(|r| r.number), Some(rows as u32 + 1), "{file}");
        assert_eq!(table.row_faults().count(), 0, "{file}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &OUTLETS);
    }

    #[test]
    fn no_bytes_after_a_zip_magic_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut file = b"PK\x03\x04".to_vec();
        file.extend(bytes);
        let _ = read(&file, &OUTLETS);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(名称|地址|[,;\t\"\r\n]|\\PC){0,60}") {
        let _ = read(text.as_bytes(), &OUTLETS);
    }
}
