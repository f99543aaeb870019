//! Records of a TSV file, read line by line; broken ones are noted by their line and left out.
//!
//! TSV as the film reviews of Week 2 have it: one record a line, fields parted by tabs, and no quotes, so that neither a
//! tab nor a line end can stand inside a field.

use std::io::{BufRead, Read as _, Result};

// ANCHOR: read_tsv
/// The records of `columns` fields each, and the numbers (from 1) of the lines that are broken: not UTF-8, another number
/// of fields, or longer than `longest` bytes.
///
/// A line ends with `\n` or `\r\n`, which is no part of it; the last one may end without. Of a line that is too long, no
/// more than `longest` and a few bytes are held at any time.
///
/// ```
/// use sol02_data::records::read_tsv;
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
    // SOLUTION: the records of all lines that are whole, and the numbers of the lines that are not
    let (mut records, mut broken) = (vec![], vec![]);
    let room = (longest as u64).saturating_add(2); // and the line's end
    let mut line = vec![];
    for number in 1.. {
        line.clear();
        if (&mut *reader).take(room).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 == room && !line.ends_with(b"\n") {
            reader.skip_until(b'\n')?; // the rest of a line that is too long
        }
        let text = line.strip_suffix(b"\n").map_or(&line[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
        let fields = str::from_utf8(text).map(|text| text.split('\t').map(str::to_owned).collect::<Vec<String>>());
        match fields {
            Ok(fields) if fields.len() == columns && text.len() <= longest => records.push(fields),
            _ => broken.push(number),
        }
    }
    Ok((records, broken))
    // END
}
// ANCHOR_END: read_tsv
