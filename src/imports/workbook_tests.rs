use chrono::NaiveDate;
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};

use super::*;

fn texts(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
    let sheet = read(bytes, |grid| !grid.rows.is_empty()).unwrap();
    let plain = |cell: Cell| match cell {
        Cell::Text(text) => text,
        Cell::Bad(problem) => format!("!{}", problem.code),
    };
    sheet.grid.rows.iter().map(|row| (row.number, row.cells.all().map(plain).collect())).collect()
}

/// A workbook of one sheet whose column A holds what `write` puts there.
fn book(write: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    write(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

#[test]
fn values_read_as_a_person_sees_them() {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy/m/d h:mm");
    let time = Format::new().set_num_format("h:mm");
    let date = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    let bytes = book(|sheet| {
        sheet.write(0, 0, 13_800_138_000_i64).unwrap();
        sheet.write(1, 0, 108.637_5).unwrap();
        sheet.write(2, 0, 0.1 + 0.2).unwrap();
        sheet.write(3, 0, -0.000_001).unwrap();
        sheet.write(4, 0, "  西安\u{3000}").unwrap();
        sheet.write(5, 0, true).unwrap();
        sheet.write_with_format(6, 0, &date, &day).unwrap();
        sheet.write_with_format(7, 0, &date.and_hms_opt(9, 30, 0).unwrap(), &moment).unwrap();
        sheet.write_with_format(8, 0, &date.and_hms_opt(9, 30, 59).unwrap(), &moment).unwrap();
        sheet.write_with_format(9, 0, &NaiveTime::from_hms_opt(17, 5, 0).unwrap(), &time).unwrap();
        sheet.write(10, 0, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write(11, 0, Formula::new("=A1").set_result("银行")).unwrap();
        sheet.write(12, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(13, 0, 123_456_789_012_345_678_f64).unwrap();
        sheet.write(16, 2, "far").unwrap();
    });
    let found = texts(&bytes);
    let expected = [
        "13800138000",
        "108.6375",
        "0.3",
        "-0.000001",
        "西安",
        "true",
        "2026-11-21",
        "2026-11-21 09:30",
        "2026-11-21 09:30:59",
        "17:05",
        "2",
        "银行",
        "!cell_error",
        "!number_too_long",
    ];
    for (row, text) in expected.iter().enumerate() {
        assert_eq!(found[row], (row as u32 + 1, vec![(*text).to_owned()]));
    }
    assert_eq!(found[14], (17, vec![String::new(), String::new(), "far".to_owned()]), "rows keep their numbers");
}

/// A workbook as small programs write it: no styles, no shared texts, and these cells.
fn bare_book(cells: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let relation = |kind: &str, target: &str| {
        format!(
            r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let entries = [
        ("[Content_Types].xml", format!(r#"<Types xmlns="{PACKAGE}/content-types"/>"#)),
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>"#),
        ),
    ];
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_formula_never_calculated_is_a_bad_cell() {
    let bytes = bare_book(
        r#"<row r="1"><c r="A1"><f>B1</f></c><c r="B1"><f>A1</f><v></v></c><c r="C1"><f>A1</f><v/></c>
        <c r="D1" t="str"><f>A1</f><v></v></c><c r="E1" t="inlineStr"><is><t>b</t></is></c></row>"#,
    );
    let bad = "!formula_without_value";
    assert_eq!(texts(&bytes), [(1, [bad, bad, bad, "", "b"].map(str::to_owned).to_vec())]);
}

#[test]
fn rows_without_numbers_and_out_of_order_are_read() {
    let bytes = bare_book("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>");
    assert_eq!(texts(&bytes), [(1, vec!["1".to_owned(), "2".to_owned()]), (2, vec!["3".to_owned()])]);
    let bytes = bare_book(r#"<row r="3"><c r="A3"><v>3</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>"#);
    assert_eq!(texts(&bytes), [(1, vec![String::new(), "1".to_owned()]), (3, vec!["3".to_owned()])]);
}

#[test]
fn a_sheet_that_is_no_sheet_is_damaged() {
    for cells in
        [r#"<row r="1"><c r="A1" t="s"><v>9</v></c></row>"#, r#"<row r="x"><c><v>1</v></c></row>"#, "<row><c><v>1</v>"]
    {
        assert!(matches!(read(&bare_book(cells), |_| true), Err(FileError::Damaged { .. })), "{cells}");
    }
}

#[test]
fn the_first_visible_sheet_that_is_wanted_is_read() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("封面").unwrap().write(0, 0, "说明").unwrap();
    let hidden = book.add_worksheet();
    hidden.set_name("字典").unwrap().set_hidden(true).write(0, 0, "名称").unwrap();
    book.add_worksheet().set_name("网点").unwrap().write(0, 0, "名称").unwrap();
    book.add_worksheet().set_name("空").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let sheet =
        read(&bytes, |grid| grid.rows.first().is_some_and(|row| row.cells.cell(0) == Cell::text("名称"))).unwrap();
    assert_eq!((sheet.name.as_str(), sheet.others), ("网点", vec!["封面".to_owned()]));
    assert_eq!(read(&bytes, |_| false).unwrap().name, "封面");
}

#[test]
fn a_far_cell_costs_no_memory_and_is_refused() {
    let bytes = book(|sheet| {
        sheet.write(1_048_575, 16_383, "far").unwrap();
    });
    assert_eq!(read(&bytes, |_| true).unwrap_err(), FileError::TooManyRows { max: MAX_ROWS });
    let bytes = book(|sheet| {
        sheet.write(0, 16_383, "far").unwrap();
    });
    assert_eq!(read(&bytes, |_| true).unwrap_err(), FileError::TooManyColumns { max: MAX_COLUMNS });
}

#[test]
fn an_empty_workbook_is_empty() {
    assert_eq!(read(&book(|_| ()), |_| true).map(|sheet| sheet.grid.rows.len()), Ok(0));
    assert_eq!(read(&book(|_| ()), |_| false).unwrap_err(), FileError::Empty);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_workbook_cut_or_changed_never_panics(cut in 0_usize..4000, changes in prop::collection::vec((0_usize..8000, any::<u8>()), 0..6)) {
        let mut bytes = book(|sheet| { sheet.write(0, 0, "名称").unwrap(); });
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut % bytes.len());
        let _ = read(&bytes, |_| true);
    }
}
