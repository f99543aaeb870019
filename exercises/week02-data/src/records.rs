//! Records of a TSV file, read line by line; broken ones are noted by their line and left out.
//!
//! TSV as the film reviews of Week 2 have it: one record a line, fields parted by tabs, and no quotes, so that neither a
//! tab nor a line end can stand inside a field.

use std::io::{BufRead, Read as _, Result};

/// The records of `columns` fields each, and the numbers (from 1) of the lines that are broken: not UTF-8, another number
/// of fields, or longer than `longest` bytes.
///
/// A line ends with `\n` or `\r\n`, which is no part of it; the last one may end without. Of a line that is too long, no
/// more than `longest` and a few bytes are held at any time.
///
/// ```
/// use ex02_data::records::read_tsv;
/// let mut file = "1\t좋아요\n2\n3\t별로\n".as_bytes();
/// let (records, broken) = read_tsv(&mut file, 2, 100)?;
/// assert_eq!(records, [["1", "좋아요"], ["3", "별로"]]);
/// assert_eq!(broken, [2]);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// When `reader` fails.
pub fn read_tsv(reader: &mut dyn BufRead, columns: usize, longest: usize) -> Result<(Vec<Vec<String>>, Vec<u64>)> {
    todo!("the records of all lines that are whole, and the numbers of the lines that are not")
}
