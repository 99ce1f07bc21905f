use std::io::{Read, Write};

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

use super::layout::Hints;
use super::meaning::{Directory, Kind, Meaning, Target};
use super::reading::{Reading, read};
use crate::db::Id;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

fn target(n: u128, name: &str, code: &str) -> Target {
    Target { id: id(n), name: name.into(), code: code.into() }
}

/// 张三 1, 李四 2, 王五 3; 南大街支行 XA-1 11, 钟楼支行 XA-2 12.
fn directory() -> Directory {
    let brokers = vec![target(1, "张三", "zhang"), target(2, "李四", "li"), target(3, "王五", "wang")];
    let outlets = vec![target(11, "南大街支行", "XA-1"), target(12, "钟楼支行", "XA-2")];
    let mut directory = Directory::new(brokers, outlets);
    directory.remember(Some(Kind::Outlet), "a".into(), Some(id(11)));
    directory.remember(Some(Kind::Outlet), "b".into(), Some(id(12)));
    directory.remember(None, "休".into(), None);
    directory
}

fn look(bytes: &[u8], file: &str) -> Reading {
    read(bytes, Hints { file, today: day("2026-11-23") }, &directory()).unwrap()
}

fn csv(text: &str) -> Reading {
    look(text.as_bytes(), "rota.csv")
}

/// `date broker>outlet`, in order.
fn said(reading: &Reading) -> Vec<String> {
    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    let short = |id: Id| id.0.as_u128();
    reading.entries.iter().map(|e| format!("{} {}>{}", e.date, short(e.broker), short(e.outlet))).collect()
}

fn wrong(reading: &Reading) -> Vec<String> {
    reading.faults.iter().map(|fault| format!("{}: {}", fault.spot, fault.problem.code)).collect()
}

type Put<'a> = &'a dyn Fn(&mut Worksheet);

fn book(sheets: &[(&str, Put<'_>)]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, write) in sheets {
        write(book.add_worksheet().set_name(*name).unwrap());
    }
    book.save_to_buffer().unwrap()
}

fn put(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        sheet.write(row, at as u16, *cell).unwrap();
    }
}

/// The workbook with the values 777 of formulas taken out, as programs leave them that do not calculate.
fn uncalculated(bytes: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut file = from.by_index(at).unwrap();
        let (name, mut text) = (file.name().unwrap().to_string(), Vec::new());
        file.read_to_end(&mut text).unwrap();
        if name.starts_with("xl/worksheets/") {
            text = String::from_utf8(text).unwrap().replace("<v>777</v>", "").into_bytes();
        }
        to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&text).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn people_by_days_with_codes() {
    let reading = csv("姓名,12/1,12/2,12/3\n张三,A,休,B\n李四,b,,XA-1\n");
    assert_eq!(said(&reading), ["2026-12-01 1>11", "2026-12-01 2>12", "2026-12-03 1>12", "2026-12-03 2>11"]);
    assert_eq!(reading.off.len(), 1);
    assert_eq!(reading.entries[0].spot.to_string(), "B2");
    assert_eq!(reading.unknown().count(), 0);
}

#[test]
fn outlets_by_days_with_names_several_in_a_cell() {
    let reading =
        csv("网点,1日,2日,3日\n12月,,,\n南大街支行,张三、李四,王五,\n钟楼支行,王 五,\"李四\n张三\",张三 李四\n");
    assert_eq!(wrong(&reading)[0], "B1: no_month", "a month under the dates is no heading");
    let reading = csv(
        "2026年12月驻点安排,,,\n网点,1日,2日,3日\n南大街支行,张三、李四,王五,\n钟楼支行,王 五,\"李四\n张三\",张三 李四\n",
    );
    let expected = [
        "2026-12-01 1>11",
        "2026-12-01 2>11",
        "2026-12-01 3>12",
        "2026-12-02 1>12",
        "2026-12-02 2>12",
        "2026-12-02 3>11",
        "2026-12-03 1>12",
        "2026-12-03 2>12",
    ];
    assert_eq!(said(&reading), expected);
}

#[test]
fn a_workbook_with_merged_months_over_day_numbers_weekdays_below_and_totals() {
    let bytes = book(&[("排班", &|sheet| {
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 8, "西安分行驻点排班表（2026年）", &plain).unwrap();
        sheet.merge_range(1, 2, 1, 4, "11月", &plain).unwrap();
        sheet.merge_range(1, 5, 1, 7, "12月", &plain).unwrap();
        sheet.write(1, 1, "姓名").unwrap();
        for (at, number) in [28, 29, 30, 1, 2, 3].into_iter().enumerate() {
            sheet.write(2, at as u16 + 2, number).unwrap();
        }
        sheet.write(2, 8, "合计").unwrap();
        put(sheet, 3, &["", "星期", "六", "日", "一", "二", "三", "四"]);
        put(sheet, 4, &["1", "张三", "", "", "A", "A", "B", "休", "3"]);
        sheet.merge_range(5, 4, 5, 7, "B", &plain).unwrap();
        put(sheet, 5, &["2", "李四"]);
        put(sheet, 6, &["", "合计", "0", "0", "2", "2", "2", "1"]);
        put(sheet, 8, &["", "备注：A 为南大街"]);
    })]);
    let reading = look(&bytes, "x.xlsx");
    let expected = [
        "2026-11-30 1>11",
        "2026-11-30 2>12",
        "2026-12-01 1>11",
        "2026-12-01 2>12",
        "2026-12-02 1>12",
        "2026-12-02 2>12",
        "2026-12-03 2>12",
    ];
    assert_eq!(said(&reading), expected);
    assert_eq!(reading.entries[0].spot.to_string(), "排班 E5");
}

#[test]
fn real_dates_serial_numbers_and_calculated_formulas() {
    let bytes = book(&[("Sheet1", &|sheet| {
        let date = Format::new().set_num_format("d");
        sheet.write(0, 0, "name").unwrap();
        sheet.write_with_format(0, 1, &day("2026-12-01"), &date).unwrap();
        sheet.write_with_format(0, 2, Formula::new("=B1+1").set_result("46358"), &date).unwrap();
        sheet.write(0, 3, 46_359).unwrap();
        put(sheet, 1, &["张三", "A", "B"]);
        sheet.write(1, 3, Formula::new("=B2").set_result("A")).unwrap();
    })]);
    assert_eq!(said(&look(&bytes, "x.xlsx")), ["2026-12-01 1>11", "2026-12-02 1>12", "2026-12-03 1>11"]);
}

#[test]
fn a_formula_without_its_value_is_refused_by_its_cell() {
    let bytes = book(&[("3月 表", &|sheet| {
        put(sheet, 5, &["姓名", "2027-03-01", "2027-03-02"]);
        put(sheet, 6, &["张三", "A"]);
        sheet.write(6, 2, Formula::new("=B7").set_result("777")).unwrap();
    })]);
    assert_eq!(wrong(&look(&uncalculated(&bytes), "x.xlsx")), ["3月 表 C7: formula_without_value"]);
    let bytes = book(&[("3月", &|sheet| {
        put(sheet, 0, &["姓名", "2027-03-01"]);
        sheet.write(0, 2, Formula::new("=B1+1").set_result("777")).unwrap();
        sheet.write(0, 3, Formula::new("=C1+1").set_result("777")).unwrap();
        put(sheet, 1, &["张三", "A", "B", "A"]);
    })]);
    assert_eq!(
        wrong(&look(&uncalculated(&bytes), "x.xlsx")),
        ["3月 C1: formula_without_value", "3月 D1: formula_without_value"]
    );
}

#[test]
fn a_sheet_a_month_over_the_turn_of_the_year() {
    let month = |code: &'static str| {
        move |sheet: &mut Worksheet| {
            put(sheet, 0, &["姓名", "1", "2", "3", "", "5"]);
            put(sheet, 1, &["张三", code, "", "", "", code]);
        }
    };
    let (december, january) = (month("A"), month("B"));
    let bytes = book(&[("12月", &december), ("1月", &january), ("说明", &|sheet| put(sheet, 0, &["请勿外传"]))]);
    let reading = look(&bytes, "排班.xlsx");
    assert_eq!(said(&reading), ["2026-12-01 1>11", "2026-12-05 1>11", "2027-01-01 1>12", "2027-01-05 1>12"]);
    assert_eq!(reading.notes.iter().map(|n| n.spot.to_string()).collect::<Vec<_>>(), ["说明"]);
}

#[test]
fn days_that_run_over_the_end_of_a_month_and_weekdays_that_prove_the_year() {
    let reading = csv("驻点排班 12月,,,,,\n姓名,30/三,31/四,1/五,2 / 六,3 / 日\n张三,A,,B,,A\n");
    assert_eq!(said(&reading), ["2026-12-30 1>11", "2027-01-01 1>12", "2027-01-03 1>11"]);
    let reading = csv("2025年12月,,,\n姓名,1/二,2/三,3/四\n张三,A,,B\n");
    assert_eq!(wrong(&reading), ["B2: other_weekday", "C2: other_weekday", "D2: other_weekday"]);
}

#[test]
fn days_in_rows_are_read_as_well() {
    let reading = csv("日期,南大街支行,钟楼支行\n2026-12-01,张三,李四\n2026-12-02,李四,\n2026-12-03,,张三\n");
    assert_eq!(said(&reading), ["2026-12-01 1>11", "2026-12-01 2>12", "2026-12-02 2>11", "2026-12-03 1>12"]);
    assert_eq!(reading.entries[2].spot.to_string(), "B3");
}

#[test]
fn halves_of_a_month_one_below_the_other() {
    let text = "2026年12月,,,\n姓名,1,2,3\n张三,A,A,\n\n姓名,16,17,18\n张三,B,,B\n李四,,A,\n";
    let expected = ["2026-12-01 1>11", "2026-12-02 1>11", "2026-12-16 1>12", "2026-12-17 2>11", "2026-12-18 1>12"];
    assert_eq!(said(&csv(text)), expected);
}

#[test]
fn what_is_not_known_is_asked_once_with_where_it_stands() {
    let reading = csv("姓名,12/1,12/2,12/3\n张三,南,南,钟楼\n赵六,A,,\n李四,OFF,,\n");
    let words: Vec<_> = reading.unknown().map(|w| (w.kind, w.text.as_str(), w.spot.to_string(), w.times)).collect();
    let expected = [
        (Kind::Outlet, "南", "B2".to_owned(), 2),
        (Kind::Outlet, "钟楼", "D2".to_owned(), 1),
        (Kind::Broker, "赵六", "A3".to_owned(), 1),
        (Kind::Outlet, "OFF", "B4".to_owned(), 1),
    ];
    assert_eq!(words, expected);
    let directory = directory();
    let guesses: Vec<Meaning> = reading.unknown().map(|w| directory.guess(w.kind, &w.text)).collect();
    assert_eq!(guesses, [Meaning::Unknown, Meaning::One(id(12)), Meaning::Unknown, Meaning::Nothing]);
}

#[test]
fn one_day_at_two_outlets_is_refused_and_twice_at_one_is_once() {
    let reading = csv("网点,12/1,12/2,12/3\n南大街支行,张三,张三,\n钟楼支行,张三,,\n");
    assert_eq!(wrong(&reading), ["B3: two_places"]);
    assert_eq!(reading.faults[0].problem.args, [("other", "B2".to_owned())]);
    assert_eq!(said(&csv("姓名,12/1,12/2,12/3\n张三,A,,\n张三,南大街支行,B,\n")).len(), 2);
}

#[test]
fn files_of_other_encodings_and_delimiters() {
    let text = "姓名;12月1日;12月2日\r\n张三;A;B\r\n";
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    assert_eq!(said(&look(&gb, "x.csv")), ["2026-12-01 1>11", "2026-12-02 1>12"]);
    assert_eq!(said(&csv(&text.replace(';', "\t"))).len(), 2);
}

#[test]
fn what_cannot_be_read_says_why() {
    assert_eq!(wrong(&csv("a,b\nc,d\n")), [": no_dates"]);
    assert_eq!(wrong(&csv("2026-12-01,2026-12-02\nA,B\n")), ["A1: no_names"]);
    assert_eq!(wrong(&csv("姓名,1,2,3\n张三,A,B,A\n")), ["B1: no_month"]);
    assert_eq!(wrong(&csv("姓名,12/1,12/2,12/3\n张三,,,\n")), [": no_marks"]);
    let reading = csv("姓名,12/1,,12/3\n张三,A,B,A\n");
    assert_eq!(
        reading.notes.iter().map(|n| format!("{}: {}", n.spot, n.problem.code)).collect::<Vec<_>>(),
        ["C2: column_without_date"]
    );
}

#[test]
fn a_sheet_of_another_branch_is_passed_over() {
    let ours = |sheet: &mut Worksheet| {
        put(sheet, 0, &["姓名", "12/1", "12/2"]);
        put(sheet, 1, &["张三", "A", ""]);
    };
    let theirs = |sheet: &mut Worksheet| {
        put(sheet, 0, &["姓名", "12/1", "12/2"]);
        put(sheet, 1, &["钱七", "Z", "Z"]);
    };
    let reading = look(&book(&[("西安", &ours), ("咸阳", &theirs)]), "x.xlsx");
    assert_eq!((said(&reading).len(), reading.unknown().count()), (1, 0));
    assert_eq!(reading.notes[0].problem.code, "nobody_known");
}

proptest::proptest! {
    #[test]
    fn it_never_panics(text in "[一二姓名月日0-9/,;\\n A-C张三]{0,300}") {
        let _ = read(text.as_bytes(), Hints { file: "x", today: day("2026-11-23") }, &directory());
    }
}
