//! Columns of whole numbers in few bytes: pure.
//!
//! A column is how many numbers it has, the least of them (LEB128, zigzag), a width in bytes, and each number above the least in so many bytes.

/// Each number is read with the eight bytes from its first on, so that many follow the last.
pub const ROOM: usize = 8;

/// Writes a column.
pub fn put_column(out: &mut Vec<u8>, numbers: Vec<i64>) {
    let least = numbers.iter().copied().min().unwrap_or_default();
    let above = |number: i64| number.wrapping_sub(least) as u64;
    let most = numbers.iter().map(|number| above(*number)).max().unwrap_or_default();
    let width = (u64::BITS - most.leading_zeros()).div_ceil(8) as usize;
    put(out, numbers.len() as u64);
    put(out, ((least << 1) ^ (least >> 63)) as u64);
    out.push(width as u8);
    for number in numbers {
        out.extend_from_slice(&above(number).to_le_bytes()[..width]);
    }
}

/// Writes a number.
pub fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Numbers of one width.
#[derive(Clone, Copy, Default)]
pub struct Column<'a> {
    least: i64,
    width: usize,
    mask: u64,
    /// From the first number on, to the end of all columns.
    bytes: &'a [u8],
}

impl<'a> Column<'a> {
    /// The next one, and how many numbers it has.
    pub fn take(rest: &mut &'a [u8]) -> Option<(Column<'a>, usize)> {
        let (numbers, folded) = (usize::try_from(take(rest)?).ok()?, take(rest)?);
        let (width, bytes) = rest.split_first()?;
        let width = usize::from(*width);
        let mask = if width == 0 { 0 } else { u64::MAX >> 64usize.checked_sub(8 * width)? };
        let long = numbers.checked_mul(width)?;
        *rest = bytes.get(long..).filter(|after| after.len() >= ROOM)?;
        Some((Column { least: (folded >> 1) as i64 ^ -((folded & 1) as i64), width, mask, bytes }, numbers))
    }

    /// The next one, of so many numbers, each within a range.
    pub fn within(rest: &mut &'a [u8], people: usize, range: std::ops::RangeInclusive<i64>) -> Option<Column<'a>> {
        let (column, numbers) = Column::take(rest)?;
        if numbers != people {
            return None;
        }
        let most = match column.width {
            // What nearly all columns are is looked through many at a time.
            0 => 0,
            1 => column.bytes[..numbers].iter().copied().max().map_or(0, u64::from),
            _ => (0..numbers).map(|at| column.above(at)).max().unwrap_or_default(),
        };
        let most = column.least.checked_add_unsigned(most)?;
        (numbers == 0 || range.contains(&column.least) && range.contains(&most)).then_some(column)
    }

    /// Past the last it is some number, and never a panic.
    #[inline]
    fn above(&self, at: usize) -> u64 {
        let from = at * self.width;
        let eight = self.bytes.get(from..from + 8).and_then(|eight| eight.try_into().ok());
        u64::from_le_bytes(eight.unwrap_or_default()) & self.mask
    }

    /// The number at a row.
    #[inline]
    pub fn at(&self, at: usize) -> i64 {
        self.least.wrapping_add(self.above(at) as i64)
    }
}

/// Reads a number.
pub fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
