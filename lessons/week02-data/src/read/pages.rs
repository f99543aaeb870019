//! The pages of a parquet file, looked at before the `parquet` crate unpacks their values: what a page claims to hold must fit
//! into it. The crate makes room for as many values as a page claims, and where there is no such room the program ends: an
//! allocation that fails cannot be caught, as a panic can.

use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// Values of a page at most. Writers end a page after a megabyte, or after some tens of thousands of values.
const MOST: u64 = 1 << 24;

/// A file whose pages are looked at.
pub(super) struct Checked<R: ChunkReader>(pub(super) SerializedFileReader<R>);

impl<R: ChunkReader + 'static> FileReader for Checked<R> {
    fn metadata(&self) -> &ParquetMetaData {
        self.0.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.0.num_row_groups()
    }

    fn get_row_group(&self, i: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(Group(self.0.get_row_group(i)?)))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct Group<'a>(Box<dyn RowGroupReader + 'a>);

impl RowGroupReader for Group<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.0.metadata()
    }

    fn num_columns(&self) -> usize {
        self.0.num_columns()
    }

    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let column = self.metadata().schema_descr().column(i);
        let levels = usize::from(column.max_rep_level() > 0) + usize::from(column.max_def_level() > 0);
        Ok(Box::new(Pages { pages: self.0.get_column_page_reader(i)?, levels }))
    }

    fn get_column_bloom_filter(&self, i: usize) -> Option<&Sbbf> {
        self.0.get_column_bloom_filter(i)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

struct Pages {
    pages: Box<dyn PageReader>,
    /// Runs of levels before the values of a page of the first version.
    levels: usize,
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        match &page {
            Some(page) if !fits(page, self.levels) => {
                Err(ParquetError::General("a page claims more values than it holds".to_owned()))
            }
            _ => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

fn fits(page: &Page, levels: usize) -> bool {
    let values = u64::from(page.num_values());
    let bytes = page.buffer();
    if matches!(page, Page::DictionaryPage { .. }) {
        // A value of a dictionary has a byte at least.
        return values <= bytes.len() as u64;
    }
    let rest = match page {
        Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
            usize::try_from(u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len))
                .ok()
                .and_then(|length| bytes.get(length..))
        }
        _ => (0..levels).try_fold(&bytes[..], |rest, _| {
            let (length, rest) = rest.split_first_chunk()?;
            rest.get(u32::from_le_bytes(*length) as usize..)
        }),
    };
    let fits = match page.encoding() {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => rest.and_then(|rest| behind_numbers(rest, values)),
        // The lengths of what values share with the one before, then those of the rest.
        Encoding::DELTA_BYTE_ARRAY => {
            rest.and_then(|rest| behind_numbers(rest, values)).and_then(|rest| behind_numbers(rest, values))
        }
        _ => Some(&bytes[..]),
    };
    values <= MOST && fits.is_some()
}

/// What stands behind numbers that are packed as DELTA_BINARY_PACKED; `None` where they claim to be more than `most`, or end too
/// early.
fn behind_numbers(bytes: &[u8], most: u64) -> Option<&[u8]> {
    let mut rest = bytes;
    let (block, parts, count, _first) =
        (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
    let in_part = block.checked_div(parts).filter(|numbers| *numbers > 0)?;
    let mut left = Some(count).filter(|count| *count <= most)?.saturating_sub(1);
    while left > 0 {
        let _least = number(&mut rest)?;
        let (widths, packed) = rest.split_at_checked(usize::try_from(parts).ok()?)?;
        rest = packed;
        // A width behind the last number means nothing.
        for width in widths {
            if left > 0 {
                rest = rest.get(usize::try_from(in_part.checked_mul(u64::from(*width))? / 8).ok()?..)?;
                left = left.saturating_sub(in_part);
            }
        }
    }
    Some(rest)
}

/// A number of seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
