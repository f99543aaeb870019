//! The check of `week02/lsh`: candidates by datasketch, the curve by scipy (`tests/reference/week02_lsh.py`).

use std::collections::{BTreeMap, BTreeSet};

use candle_core::Result;
use serde::Deserialize;
use sol02_data::lsh as ours;
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

type Candidates = fn(&[Vec<u32>], usize, usize) -> Vec<(usize, usize)>;

/// The functions under test.
pub struct Subject {
    /// `candidates(signatures, bands, rows)`
    pub candidates: Candidates,
    /// `s_curve(similarity, bands, rows)`
    pub s_curve: fn(f64, usize, usize) -> f64,
}

/// Grades a crate's `lsh`.
#[macro_export]
macro_rules! week02_lsh {
    ($($subject:tt)+) => {
        $crate::week02::lsh::check().grade(&$crate::week02::lsh::Subject {
            candidates: $($subject)+::lsh::candidates,
            s_curve: $($subject)+::lsh::s_curve,
        })
    };
}

/// What one of the two functions is given.
#[derive(Debug, Clone)]
pub enum Input {
    /// Signatures, bands and rows.
    Signatures(Vec<Vec<u32>>, usize, usize),
    /// A similarity, bands and rows.
    Similarity(f64, usize, usize),
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { candidates: ours::candidates, s_curve: ours::s_curve };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.candidates, &subject.s_curve, input, values)
    };
    Check::new("week02/lsh", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(by_hand()))
        .mistake(
            "every band must agree",
            "You find only pairs that agree in all bands. In how many bands must two signatures agree?",
            "One band is enough: a pair is a candidate as soon as any of its bands agrees.",
        )
        .mistake(
            "any number of a band",
            "You find too many pairs: some agree in single numbers and in no whole band. What must agree within a band?",
            "Within a band all `rows` numbers must agree: compare whole slices, not numbers.",
        )
        .mistake(
            "bands mixed",
            "You find a pair whose bands are the same at different places. May the first band of one meet the second band of another?",
            "Each band has buckets of its own: begin with an empty map for each band, or put the band's number into the key.",
        )
        .mistake(
            "bands that overlap",
            "You find pairs that agree at neighbouring places which belong to two bands. Where does the second band begin?",
            "Band number i holds the places from i · rows to (i + 1) · rows: `chunks`, not `windows`.",
        )
        .mistake(
            "the rest as a band",
            "You find pairs that agree after the last band alone. How many bands are there?",
            "Look at `bands` bands and no more: `chunks` goes on to the end, and its last piece may be short.",
        )
        .mistake(
            "bands and rows swapped",
            "Your bands have the wrong length. Which of the two arguments is the number of bands, and which their length?",
            "There are `bands` bands of `rows` numbers each.",
        )
        .mistake(
            "a pair for each band",
            "A pair that agrees in several bands stands in your list several times. How often should it?",
            "Each pair once: collect them in a `BTreeSet`, or sort and `dedup`.",
        )
        .mistake(
            "both ways",
            "Your list has each pair twice, once from each end. Which of the two should it have?",
            "Only `(i, j)` with `i < j`.",
        )
        .mistake(
            "each with itself",
            "Your list holds pairs of a document with itself. Which `j` come after `i`?",
            "Only `(i, j)` with `i < j`: begin behind `i`.",
        )
        .mistake(
            "only with the first of the bucket",
            "Where three signatures share a band, a pair of them is missing. Which pairs does a bucket of three have?",
            "A bucket of n documents has n (n - 1) / 2 pairs: each with each, not each with the first alone.",
        )
        .mistake(
            "only neighbours in the bucket",
            "Where three signatures share a band, the first and the last are no pair of yours. Which pairs does a bucket of three have?",
            "A bucket of n documents has n (n - 1) / 2 pairs: each with each, not each with the next alone.",
        )
        .mistake(
            "not sorted",
            "You have the right pairs in the order in which the bands gave them. In which order should they stand?",
            "Sort the pairs before you return them, or collect them in a `BTreeSet`.",
        )
        .mistake(
            "exponents swapped",
            "Your curve is that of another layout. What must happen r times, and what may happen in any of b bands?",
            "s^r is that a whole band agrees, and (1 - s^r)^b that none does: r inside, b outside.",
        )
        .mistake(
            "that none agrees",
            "Your probability falls as the similarity grows. Of which event is it the probability?",
            "(1 - s^r)^b is that no band agrees: take it from 1.",
        )
        .mistake(
            "one band alone",
            "Your probability is that of a single band. How many chances does a pair have?",
            "1 - (1 - s^r)^b: the pair is missed only where all b bands fail.",
        )
        .mistake(
            "chances added up",
            "Your probability goes beyond 1. May the chances of the bands be added?",
            "Several bands may agree at once, so add nothing: 1 less the probability that none agrees.",
        )
        .right(
            "each pair looked at",
            Subject { candidates: pair_by_pair, s_curve: |s, b, r| 1.0 - (b as f64 * (-s.powi(r as i32)).ln_1p()).exp() },
        )
        .right(
            "by sorting",
            Subject {
                candidates: by_sorting,
                s_curve: |s, b, r| {
                    let band: f64 = (0..r).map(|_| s).product();
                    1.0 - (0..b).map(|_| 1.0 - band).product::<f64>()
                },
            },
        )
}

type Finds<'a> = &'a dyn Fn(&[Vec<u32>], usize, usize) -> Vec<(usize, usize)>;

fn measure(
    candidates: Finds<'_>,
    s_curve: &dyn Fn(f64, usize, usize) -> f64,
    input: &Input,
    values: &mut Values,
) -> Result<()> {
    match input {
        Input::Signatures(signatures, bands, rows) => {
            values.texts("pairs", shown(&candidates(signatures, *bands, *rows)))
        }
        Input::Similarity(similarity, bands, rows) => {
            values.numbers("probability", [s_curve(*similarity, *bands, *rows)])?;
        }
    }
    Ok(())
}

fn shown(pairs: &[(usize, usize)]) -> Vec<String> {
    pairs.iter().map(|(i, j)| format!("({i}, {j})")).collect()
}

#[derive(Deserialize)]
struct Golden {
    candidates: Vec<GoldenCandidates>,
    curve: Vec<GoldenCurve>,
}

#[derive(Deserialize)]
struct GoldenCandidates {
    name: String,
    signatures: Vec<Vec<u32>>,
    bands: usize,
    rows: usize,
    pairs: Vec<(usize, usize)>,
}

#[derive(Deserialize)]
struct GoldenCurve {
    similarity: f64,
    bands: usize,
    rows: usize,
    probability: f64,
}

/// What datasketch and scipy say.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week02/lsh.json")?;
    let mut cases = vec![];
    for GoldenCandidates { name, signatures, bands, rows, pairs } in golden.candidates {
        let mut values = Values::default();
        values.texts("pairs", shown(&pairs));
        cases.push(Case { name, input: Input::Signatures(signatures, bands, rows), golden: Some(values) });
    }
    for GoldenCurve { similarity, bands, rows, probability } in golden.curve {
        let mut values = Values::default();
        values.numbers("probability", [probability])?;
        let name = format!("s = {similarity}, b = {bands}, r = {rows}");
        cases.push(Case { name, input: Input::Similarity(similarity, bands, rows), golden: Some(values) });
    }
    Ok(cases)
}

/// The edges, and what sets mistakes apart.
fn by_hand() -> Vec<Case<Input>> {
    let case = |name: &str, input| Case { name: name.to_owned(), input, golden: None };
    let of = |signatures: &[&[u32]], bands, rows| {
        Input::Signatures(signatures.iter().map(|signature| signature.to_vec()).collect(), bands, rows)
    };
    vec![
        case("no signatures", of(&[], 2, 2)),
        case("one band, the whole signature", of(&[&[1, 2, 3], &[1, 2, 3], &[1, 2, 4]], 1, 3)),
        case("the same band at another place", of(&[&[1, 2, 8, 9], &[8, 9, 1, 2], &[5, 6, 8, 9]], 2, 2)),
        case("places between two bands", of(&[&[1, 2, 3, 4], &[9, 2, 3, 9], &[1, 2, 7, 7]], 2, 2)),
        case("places after the last band", of(&[&[1, 2, 3, 4, 6], &[9, 9, 9, 9, 6], &[1, 2, 8, 8, 7]], 2, 2)),
        case("four in a bucket", of(&[&[4, 4, 1, 1], &[4, 4, 2, 2], &[4, 4, 3, 3], &[4, 4, 5, 5]], 2, 2)),
        case("later bands find earlier pairs", of(&[&[1, 1], &[2, 1], &[3, 9], &[3, 9], &[7, 9]], 2, 1)),
        case("nothing is the same", Input::Similarity(0.0, 16, 8)),
        case("all is the same", Input::Similarity(1.0, 16, 8)),
    ]
}

/// Both functions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let candidates = |signatures: &[Vec<u32>], bands: usize, rows: usize| -> Vec<(usize, usize)> {
        let (bands, rows) = if has("bands and rows swapped") { (rows, bands) } else { (bands, rows) };
        // For each signature, its bands with their numbers.
        let keys = |signature: &Vec<u32>| -> Vec<(usize, Vec<u32>)> {
            let cut: Vec<Vec<u32>> = if has("bands that overlap") {
                signature.windows(rows).map(<[u32]>::to_vec).collect()
            } else {
                let all = signature.chunks(rows).map(<[u32]>::to_vec);
                if has("the rest as a band") { all.collect() } else { all.take(bands).collect() }
            };
            if has("any number of a band") {
                return cut.concat().into_iter().map(|number| vec![number]).enumerate().collect();
            }
            let whole = signature.iter().take(bands * rows).copied().collect();
            if has("every band must agree") { vec![(0, whole)] } else { cut.into_iter().enumerate().collect() }
        };
        let mut buckets: BTreeMap<(usize, Vec<u32>), Vec<usize>> = BTreeMap::new();
        for (i, signature) in signatures.iter().enumerate() {
            for (band, key) in keys(signature) {
                let bucket = buckets.entry((if has("bands mixed") { 0 } else { band }, key)).or_default();
                if bucket.last() != Some(&i) {
                    bucket.push(i);
                }
            }
        }
        let mut pairs = vec![];
        for bucket in buckets.values() {
            for (n, i) in bucket.iter().enumerate() {
                if has("only with the first of the bucket") && n > 0 {
                    break;
                }
                let last = if has("only neighbours in the bucket") { (n + 2).min(bucket.len()) } else { bucket.len() };
                let first = if has("each with itself") { n } else { n + 1 };
                pairs.extend(bucket[first..last].iter().map(|j| (*i, *j)));
            }
        }
        if has("both ways") {
            let back: Vec<(usize, usize)> = pairs.iter().map(|(i, j)| (*j, *i)).collect();
            pairs.extend(back);
        }
        if has("not sorted") {
            let mut seen = BTreeSet::new();
            pairs.retain(|pair| has("a pair for each band") || seen.insert(*pair));
        } else {
            pairs.sort_unstable();
            if !has("a pair for each band") {
                pairs.dedup();
            }
        }
        pairs
    };
    let s_curve = |similarity: f64, bands: usize, rows: usize| -> f64 {
        let (b, r) = if has("exponents swapped") { (rows, bands) } else { (bands, rows) };
        let band = similarity.powf(r as f64);
        let none = (1.0 - band).powf(b as f64);
        match () {
            () if has("that none agrees") => none,
            () if has("one band alone") => band,
            () if has("chances added up") => b as f64 * band,
            () => 1.0 - none,
        }
    };
    measure(&candidates, &s_curve, input, values)
}

/// Right, in an odd way: every pair, every band.
fn pair_by_pair(signatures: &[Vec<u32>], bands: usize, rows: usize) -> Vec<(usize, usize)> {
    let mut pairs = vec![];
    for (i, a) in signatures.iter().enumerate() {
        for (j, b) in signatures.iter().enumerate().skip(i + 1) {
            if (0..bands).any(|band| a[band * rows..][..rows] == b[band * rows..][..rows]) {
                pairs.push((i, j));
            }
        }
    }
    pairs
}

/// Right as well: band by band, sorted, runs of equal ones from behind.
fn by_sorting(signatures: &[Vec<u32>], bands: usize, rows: usize) -> Vec<(usize, usize)> {
    let mut pairs = vec![];
    for band in (0..bands).rev() {
        let mut order: Vec<usize> = (0..signatures.len()).collect();
        let key = |i: &usize| &signatures[*i][band * rows..(band + 1) * rows];
        order.sort_by_key(|i| (key(i), *i));
        for run in order.chunk_by(|i, j| key(i) == key(j)) {
            for (n, j) in run.iter().enumerate() {
                pairs.extend(run[..n].iter().map(|i| (*i, *j)));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
