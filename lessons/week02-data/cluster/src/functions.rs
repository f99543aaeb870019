//! The lesson's functions, as functions of the engine: a column in, a column out.
//!
//! | function | what it gives | the lesson's |
//! |---|---|---|
//! | `normalise(text)` | the text in its one form | [`unicode::normalise`] |
//! | `mask(text)` | without personal data | [`personal::mask`] |
//! | `keep(text)` | whether the rules of quality keep it | [`Judge`] |
//! | `compared(text)` | the text as duplicates are compared | [`dedup::normalised`] |
//! | `minhash(text)` | the signature of what is compared | [`Sketcher`] |
//! | `bands(signature)` | a hash for each of its bands | [`Signatures`] |
//! | `jaccard(text, text)` | how similar two texts are | [`jaccard_of_hashes`] |
//!
//! A null gives a null. Every function is immutable: the same text gives the same value on every machine, at every time, in
//! every order. The engine counts on it, and so does whoever runs a task a second time.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanArray, Float64Array, ListArray, ListBuilder, StringArray, UInt32Builder,
    UInt64Builder,
};
use datafusion::arrow::datatypes::{DataType, Field, UInt32Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use week02_data::bands::Signatures;
use week02_data::dedup::{self, Dedup, jaccard_of_hashes};
use week02_data::quality::{Filters, Judge};
use week02_data::sketch::{Sketcher, hash_shingles, permutations};
use week02_data::{personal, unicode};

/// What the functions are made from: the settings, once for all rows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The rules of quality.
    pub quality: Filters,
    /// What counts as a near duplicate. Pairs are verified by their shingles, whatever `verify` says.
    pub dedup: Dedup,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: week02_data::pipeline::Settings::default().quality, dedup: Dedup::default() }
    }
}

/// The functions.
///
/// # Errors
/// When a setting cannot be used.
pub fn functions(settings: &Settings) -> anyhow::Result<Vec<ScalarUDF>> {
    let Settings { quality, dedup } = settings.clone();
    dedup.validate()?;
    let judge = Judge::new(quality, None)?;
    let sketcher = Sketcher::new(&permutations(dedup.bands * dedup.rows, dedup.seed));
    let text = || vec![DataType::Utf8];
    // ANCHOR: register
    let of_text = |name, of: fn(&str) -> String| {
        function(name, text(), DataType::Utf8, move |columns| {
            let texts = columns[0].as_string::<i32>().iter();
            Ok(Arc::new(texts.map(|text| text.map(of)).collect::<StringArray>()))
        })
    };
    Ok(vec![
        of_text("normalise", |text| unicode::normalise(text).0),
        of_text("mask", |text| personal::mask(text).text),
        of_text("compared", dedup::normalised),
        function("keep", text(), DataType::Boolean, move |columns| {
            let texts = columns[0].as_string::<i32>().iter();
            Ok(Arc::new(texts.map(|text| text.map(|text| judge.decide(text).keeps())).collect::<BooleanArray>()))
        }),
        // ANCHOR_END: register
        function("minhash", text(), list_of(DataType::UInt32), move |columns| {
            Ok(Arc::new(minhash(&sketcher, dedup.shingle, &columns[0])))
        }),
        function("bands", vec![list_of(DataType::UInt32)], list_of(DataType::UInt64), move |columns| {
            bands(dedup.bands, dedup.rows, &columns[0])
        }),
        function("jaccard", vec![DataType::Utf8, DataType::Utf8], DataType::Float64, move |columns| {
            Ok(Arc::new(jaccard(dedup.shingle, &columns[0], &columns[1])))
        }),
    ])
}

/// A list, as the builders make it.
fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

/// A function under a name. The engine casts what it is given to these types, and hands over whole columns.
fn function(
    name: &str,
    takes: Vec<DataType>,
    gives: DataType,
    of: impl Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
) -> ScalarUDF {
    let over_columns = move |values: &[ColumnarValue]| {
        let result = of(&ColumnarValue::values_to_arrays(values)?)?;
        // Of constants alone a constant is expected.
        if values.iter().all(|value| matches!(value, ColumnarValue::Scalar(_))) {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    };
    create_udf(name, takes, gives, Volatility::Immutable, Arc::new(over_columns))
}

// ANCHOR: minhash
/// A signature for each text, of the shingles of what is compared.
fn minhash(sketcher: &Sketcher, shingle: usize, texts: &ArrayRef) -> ListArray {
    let mut signatures = ListBuilder::new(UInt32Builder::new());
    let (mut hashes, mut signature) = (vec![], vec![0; sketcher.places()]);
    for text in texts.as_string::<i32>() {
        if let Some(text) = text {
            hash_shingles(&dedup::normalised(text), shingle, &mut hashes);
            sketcher.signature(&hashes, &mut signature);
            signatures.values().append_slice(&signature);
        }
        signatures.append(text.is_some());
    }
    signatures.finish()
}
// ANCHOR_END: minhash

/// A hash for each band of each signature: those of the lesson, which are made for many signatures at a time.
fn bands(bands: usize, rows: usize, signatures: &ArrayRef) -> Result<ArrayRef> {
    let places = bands * rows;
    let signatures: Vec<Option<ArrayRef>> = signatures.as_list::<i32>().iter().collect();
    let mut numbers: Vec<u32> = vec![];
    for signature in signatures.iter().flatten() {
        let signature = signature.as_primitive::<UInt32Type>();
        if signature.len() != places || signature.null_count() > 0 {
            let length = signature.len();
            return Err(DataFusionError::Execution(format!(
                "bands: a signature has {length} numbers, and {bands} bands of {rows} take {places}, none of them null"
            )));
        }
        numbers.extend(signature.values());
    }
    let whole = Signatures::new(&numbers, places);
    let mut hashes = vec![0; whole.len() * bands];
    for band in 0..bands {
        for (hash, document) in whole.band(band, rows) {
            hashes[document as usize * bands + band] = hash;
        }
    }
    let mut of_each = hashes.chunks(bands);
    let mut lists = ListBuilder::new(UInt64Builder::new());
    for signature in signatures {
        if signature.is_some() {
            lists.values().append_slice(of_each.next().unwrap_or_default());
        }
        lists.append(signature.is_some());
    }
    Ok(Arc::new(lists.finish()))
}

/// The Jaccard similarity of the shingles of each pair.
fn jaccard(shingle: usize, left: &ArrayRef, right: &ArrayRef) -> Float64Array {
    let (mut a, mut b) = (vec![], vec![]);
    let pairs = left.as_string::<i32>().iter().zip(right.as_string::<i32>());
    pairs
        .map(|(left, right)| {
            hash_shingles(&dedup::normalised(left?), shingle, &mut a);
            hash_shingles(&dedup::normalised(right?), shingle, &mut b);
            Some(jaccard_of_hashes(&a, &b))
        })
        .collect()
}
