//! Tables as files, written as they come, however long: CSV, and a workbook of one sheet. What is written so far can be taken away at any time, so that a
//! million rows need no more memory than the last few.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{NaiveDate, NaiveDateTime};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::download;
use crate::error::{Error, Result};
use crate::imports::grid::letter;

/// The most rows a sheet has, its heading counted.
pub const SHEET_ROWS: u64 = 1_048_576;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text, never a formula.
    Text(String),
    /// A day.
    Date(NaiveDate),
    /// A local moment.
    Moment(NaiveDateTime),
    /// Nothing.
    Nothing,
}

impl Value {
    /// A text, or nothing where there is none.
    pub fn text(text: Option<&str>) -> Value {
        text.filter(|text| !text.is_empty()).map_or(Value::Nothing, |text| Value::Text(text.to_owned()))
    }
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, UTF-8, with a byte order mark or without.
    Csv {
        /// Whether the mark that spreadsheets look for stands at the beginning.
        mark: bool,
    },
    /// A workbook.
    Xlsx,
}

impl Format {
    /// The end of the file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv { .. } => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    /// The type as HTTP names it.
    pub fn kind(self) -> &'static str {
        match self {
            Format::Csv { .. } => "text/csv; charset=utf-8",
            Format::Xlsx => download::XLSX,
        }
    }
}

/// A table on its way out.
pub enum TableFile {
    /// As CSV.
    Csv(Box<csv::Writer<Vec<u8>>>),
    /// As a workbook.
    Xlsx(Box<Sheet>),
}

impl TableFile {
    /// Begins a file with its heading.
    ///
    /// # Errors
    /// Only when memory cannot be written.
    pub fn begin(format: Format, sheet: &str, heading: &[String]) -> Result<TableFile> {
        match format {
            Format::Csv { mark } => {
                let start = if mark { vec![0xef, 0xbb, 0xbf] } else { Vec::new() };
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start);
                writer.write_record(heading).map_err(Error::internal)?;
                Ok(TableFile::Csv(Box::new(writer)))
            }
            Format::Xlsx => Ok(TableFile::Xlsx(Box::new(Sheet::begin(sheet, heading)?))),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Only when memory cannot be written.
    pub fn row(&mut self, row: &[Value]) -> Result<()> {
        match self {
            TableFile::Csv(writer) => {
                let cells = row.iter().map(|value| match value {
                    Value::Text(text) => download::cell(text),
                    Value::Date(date) => date.to_string(),
                    Value::Moment(at) => at.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
                    Value::Nothing => String::new(),
                });
                writer.write_record(cells).map_err(Error::internal)
            }
            TableFile::Xlsx(sheet) => sheet.row(row),
        }
    }

    /// What was written since the last time.
    ///
    /// # Errors
    /// Only when memory cannot be written.
    pub fn take(&mut self) -> Result<Vec<u8>> {
        match self {
            TableFile::Csv(writer) => {
                writer.flush().map_err(Error::internal)?;
                let fresh = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
                std::mem::replace(&mut **writer, fresh).into_inner().map_err(|error| Error::internal(error.to_string()))
            }
            TableFile::Xlsx(sheet) => Ok(sheet.out.take()),
        }
    }

    /// The end of the file.
    ///
    /// # Errors
    /// Only when memory cannot be written.
    pub fn end(mut self) -> Result<Vec<u8>> {
        let mut rest = self.take()?;
        if let TableFile::Xlsx(sheet) = self {
            rest.extend(sheet.end()?);
        }
        Ok(rest)
    }
}

/// Bytes that one end writes and the other takes away.
#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Out {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A workbook of one sheet (ECMA-376), as little of it as every reader wants.
pub struct Sheet {
    out: Out,
    zip: ZipWriter<StreamWriter<Out>>,
    rows: u32,
    text: String,
}

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Styles by number: 0 plain, 1 a date, 2 a moment, 3 bold.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;
const SHEET: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" defaultColWidth="14"/><sheetData>"#;

impl Sheet {
    fn begin(name: &str, heading: &[String]) -> Result<Sheet> {
        let out = Out::default();
        let mut zip = ZipWriter::new_stream(out.clone());
        let book = format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{}" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
            escaped(name)
        );
        for (path, content) in [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELATIONS),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", BOOK_RELATIONS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", SHEET),
        ] {
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).compression_level(Some(3));
            zip.start_file(path, options).map_err(Error::internal)?;
            zip.write_all(content.as_bytes()).map_err(Error::internal)?;
        }
        let mut sheet = Sheet { out, zip, rows: 0, text: String::new() };
        sheet.write(heading.iter().map(|text| (Value::Text(text.clone()), 3)))?;
        Ok(sheet)
    }

    fn row(&mut self, row: &[Value]) -> Result<()> {
        self.write(row.iter().map(|value| {
            let style = match value {
                Value::Date(_) => 1,
                Value::Moment(_) => 2,
                Value::Text(_) | Value::Nothing => 0,
            };
            (value.clone(), style)
        }))
    }

    fn write(&mut self, cells: impl Iterator<Item = (Value, u8)>) -> Result<()> {
        use std::fmt::Write as _;
        self.rows += 1;
        let (row, mut text) = (self.rows, std::mem::take(&mut self.text));
        text.clear();
        let mut put = |args: std::fmt::Arguments<'_>| text.write_fmt(args).map_err(Error::internal);
        put(format_args!(r#"<row r="{row}">"#))?;
        for (at, (value, style)) in cells.enumerate() {
            let column = letter(at);
            match value {
                Value::Nothing => {}
                Value::Text(of) => put(format_args!(
                    r#"<c r="{column}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
                    escaped(&of)
                ))?,
                Value::Date(date) => {
                    put(format_args!(r#"<c r="{column}{row}" s="{style}"><v>{}</v></c>"#, days(date)))?
                }
                Value::Moment(at) => {
                    let part = f64::from(chrono::Timelike::num_seconds_from_midnight(&at.time())) / 86_400.0;
                    put(format_args!(
                        r#"<c r="{column}{row}" s="{style}"><v>{}</v></c>"#,
                        days(at.date()) as f64 + part
                    ))?;
                }
            }
        }
        put(format_args!("</row>"))?;
        self.zip.write_all(text.as_bytes()).map_err(Error::internal)?;
        self.text = text;
        Ok(())
    }

    fn end(mut self) -> Result<Vec<u8>> {
        self.zip.write_all(b"</sheetData></worksheet>").map_err(Error::internal)?;
        self.zip.finish().map_err(Error::internal)?;
        Ok(self.out.take())
    }
}

/// As a sheet counts days: 1900-01-01 is 1, and a 29 February 1900 that never was counts too.
fn days(date: NaiveDate) -> i64 {
    (date - NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()).num_days()
}

/// As XML has a text; what it may not hold at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::workbook;

    fn file(format: Format) -> Vec<u8> {
        let heading = ["姓名".to_owned(), "Met".to_owned(), "At".to_owned()];
        let mut file = TableFile::begin(format, "a & b", &heading).expect("a file");
        let day: NaiveDate = "2026-11-23".parse().expect("a date");
        let at = day.and_hms_opt(9, 30, 15).expect("a time");
        let mut all = file.take().expect("bytes");
        for name in ["=1+1", "<王>&\"\u{7}", "'+86"] {
            file.row(&[Value::Text(name.into()), Value::Date(day), Value::Moment(at)]).expect("a row");
            all.extend(file.take().expect("bytes"));
        }
        file.row(&[Value::Nothing, Value::text(None), Value::text(Some("x"))]).expect("a row");
        all.extend(file.end().expect("bytes"));
        all
    }

    #[test]
    fn a_workbook_written_piece_by_piece_reads_back_as_it_was_meant() {
        let sheet = workbook::read(&file(Format::Xlsx), |_| true).expect("a workbook");
        assert_eq!(sheet.name, "a & b");
        let rows: Vec<Vec<String>> =
            sheet.grid.rows.iter().map(|row| row.cells.all().map(|cell| format!("{cell:?}")).collect()).collect();
        assert_eq!(rows[1], [r#"Text("=1+1")"#, r#"Text("2026-11-23")"#, r#"Text("2026-11-23 09:30:15")"#]);
        assert_eq!(rows[2][0], r#"Text("<王>&\"")"#);
        assert_eq!(rows[4][2], r#"Text("x")"#);
    }

    #[test]
    fn no_cell_of_a_text_file_is_a_formula() {
        let text = String::from_utf8(file(Format::Csv { mark: true })).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "\u{feff}姓名,Met,At");
        assert_eq!(lines[1], "'=1+1,2026-11-23,2026-11-23 09:30:15");
        assert_eq!(lines[3].split(',').next(), Some("''+86"), "and what was one apostrophe is told from what was none");
        assert_eq!(lines[4], ",,x");
        assert!(!String::from_utf8(file(Format::Csv { mark: false })).expect("text").starts_with('\u{feff}'));
    }
}
