//! The check of `week02/minhash`: signatures and similarities by datasketch (`tests/reference/week02_minhash.py`).

use candle_core::Result;
use serde::Deserialize;
use sol02_data::minhash as ours;
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

type Signature = fn(&[u32], &[(u64, u64)]) -> Vec<u32>;
type Similarity = fn(&[u32], &[u32]) -> f64;

/// The functions under test.
pub struct Subject {
    /// `signature(hashes, permutations)`
    pub signature: Signature,
    /// `similarity(a, b)`
    pub similarity: Similarity,
}

/// Grades a crate's `minhash`.
#[macro_export]
macro_rules! week02_minhash {
    ($($subject:tt)+) => {
        $crate::week02::minhash::check().grade(&$crate::week02::minhash::Subject {
            signature: $($subject)+::minhash::signature,
            similarity: $($subject)+::minhash::similarity,
        })
    };
}

/// What one of the two functions is given.
#[derive(Debug, Clone)]
pub enum Input {
    /// Hashes and permutations.
    Set(Vec<u32>, Vec<(u64, u64)>),
    /// Two signatures.
    Two(Vec<u32>, Vec<u32>),
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { signature: ours::signature, similarity: ours::similarity };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.signature, &subject.similarity, input, values)
    };
    Check::new("week02/minhash", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(by_hand()))
        .mistake(
            "wraps in 64 bits",
            "Your signature is right for small permutations and wrong for large ones. How many bits has a number of 61 bits times one of 32?",
            "The product has up to 93 bits: compute it as `u128::from(a) * u128::from(x) + u128::from(b)`.",
        )
        .mistake(
            "no prime",
            "Your signature is right while a x + b stays below 2^61, and wrong beyond. What comes between the product and the lower 32 bits?",
            "First the remainder by `PRIME`, then the lower 32 bits of it: both, in this order.",
        )
        .mistake(
            "remainder by 2^32 - 1",
            "Your numbers are made from the right products. By what do you divide to keep the lower 32 bits?",
            "`u32::MAX` is 2^32 - 1: the lower 32 bits are the remainder by 2^32, which `as u32` gives.",
        )
        .mistake(
            "smallest before the lower 32 bits",
            "You take the smallest of long numbers, and then its lower 32 bits. Which of the two comes first?",
            "Cut every number to its lower 32 bits, and take the smallest of those.",
        )
        .mistake(
            "upper 32 bits",
            "Your numbers come from the right remainder. Which of its bits do you keep?",
            "Modulo 2^32 are the lower 32 bits: `as u32`, without a shift.",
        )
        .mistake(
            "b left out",
            "Your signature is right where b is 0. What belongs to a permutation beside the product?",
            "Add `b` to `a * x` before the remainder.",
        )
        .mistake(
            "a and b swapped",
            "Your permutations are others than those of the page. Which of the two multiplies, and which is added?",
            "A pair is `(a, b)`, and the permutation a x + b: the first multiplies x.",
        )
        .mistake(
            "largest instead of smallest",
            "Your numbers are all near the upper end. Which of the numbers of a permutation stays?",
            "Keep the smallest of them, `min`.",
        )
        .mistake(
            "hash that wins",
            "Every number of your signature is one of the hashes that came in. Which number stays, the hash or what the permutation made of it?",
            "Keep the smallest permuted number itself, not the hash that has it.",
        )
        .mistake(
            "one number for each shingle",
            "Your signature is as long as the set. How long should the signature of a text be, short or long?",
            "One number for each permutation: go through the permutations outside, and through the hashes of the set inside.",
        )
        .mistake(
            "empty set gives 0",
            "A set without shingles gets zeros from you. Is there a number that is smaller than 0?",
            "A minimum begins at the largest number: `u32::MAX` for a set without shingles.",
        )
        .mistake(
            "wherever they stand",
            "Signatures with the same numbers at other places are similar to you. What was a place made by?",
            "Only numbers of one permutation may be compared: go through both signatures side by side, with `zip`.",
        )
        .mistake(
            "count instead of share",
            "Your similarity goes beyond 1. What is the share of 96 places among 128?",
            "Divide the number of agreeing places by the length of the signature.",
        )
        .mistake(
            "integers divided",
            "Your similarity is 0 or 1 and nothing between. Of which type are the numbers that you divide?",
            "In whole numbers 96 / 128 is 0: make both an `f64` before you divide.",
        )
        .mistake(
            "over what differs, too",
            "Your similarity is right at 0 and at 1, and too low between. Over what do you divide?",
            "The places are counted once: divide by the length of one signature, not by the numbers of both together.",
        )
        .right(
            "hash by hash, without 128 bits",
            Subject {
                signature: hash_by_hash,
                similarity: |a, b| 1.0 - a.iter().zip(b).filter(|(a, b)| a != b).count() as f64 / a.len() as f64,
            },
        )
        .right(
            "all numbers, sorted",
            Subject {
                signature: sorted,
                similarity: |a, b| {
                    let one = 1.0 / a.len() as f64;
                    (0..a.len()).map(|i| if a[i] == b[i] { one } else { 0.0 }).sum()
                },
            },
        )
}

type Signs<'a> = &'a dyn Fn(&[u32], &[(u64, u64)]) -> Vec<u32>;

fn measure(
    signature: Signs<'_>,
    similarity: &dyn Fn(&[u32], &[u32]) -> f64,
    input: &Input,
    values: &mut Values,
) -> Result<()> {
    match input {
        // As texts, because a number of a signature is right to the last bit or wrong.
        Input::Set(hashes, permutations) => {
            values.texts("signature", signature(hashes, permutations).iter().map(u32::to_string));
        }
        Input::Two(a, b) => values.numbers("similarity", [similarity(a, b)])?,
    }
    Ok(())
}

#[derive(Deserialize)]
struct Golden {
    signatures: Vec<GoldenSignature>,
    similarities: Vec<GoldenSimilarity>,
}

#[derive(Deserialize)]
struct GoldenSignature {
    name: String,
    hashes: Vec<u32>,
    permutations: Vec<(u64, u64)>,
    signature: Vec<u32>,
}

#[derive(Deserialize)]
struct GoldenSimilarity {
    name: String,
    a: Vec<u32>,
    b: Vec<u32>,
    similarity: f64,
}

/// What datasketch says.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week02/minhash.json")?;
    let mut cases = vec![];
    for GoldenSignature { name, hashes, permutations, signature } in golden.signatures {
        let mut values = Values::default();
        values.texts("signature", signature.iter().map(u32::to_string));
        cases.push(Case { name, input: Input::Set(hashes, permutations), golden: Some(values) });
    }
    for GoldenSimilarity { name, a, b, similarity } in golden.similarities {
        let mut values = Values::default();
        values.numbers("similarity", [similarity])?;
        cases.push(Case { name, input: Input::Two(a, b), golden: Some(values) });
    }
    Ok(cases)
}

/// Numbers that can be followed on paper, and the edges.
fn by_hand() -> Vec<Case<Input>> {
    let case = |name: &str, input| Case { name: name.to_owned(), input, golden: None };
    let set = |hashes: &[u32], permutations: &[(u64, u64)]| Input::Set(hashes.to_vec(), permutations.to_vec());
    let two = |a: &[u32], b: &[u32]| Input::Two(a.to_vec(), b.to_vec());
    vec![
        case("hashes 2 and 1, (3, 1) and (5, 0)", set(&[2, 1], &[(3, 1), (5, 0)])),
        case("hashes 10, 20 and 30, (7, 0)", set(&[10, 20, 30], &[(7, 0)])),
        case("a set without shingles", set(&[], &[(3, 1), (5, 0), (9, 4)])),
        case("a set without shingles, one permutation", set(&[], &[(3, 1)])),
        case("the largest of all", set(&[u32::MAX], &[(ours::PRIME - 1, ours::PRIME - 1)])),
        case("no permutation", set(&[4, 5], &[])),
        case("3 of 4 places", two(&[7, 1, 4, 9], &[7, 2, 4, 9])),
        case("the same", two(&[1, 2, 3], &[1, 2, 3])),
        case("the same numbers at other places", two(&[1, 2, 3], &[3, 1, 2])),
        case("a number twice, one place of 4", two(&[5, 5, 5, 8], &[5, 6, 7, 5])),
    ]
}

/// Both functions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let long = |x: u32, (a, b): (u64, u64)| -> u128 {
        let (a, b) = if has("a and b swapped") { (b, a) } else { (a, b) };
        let b = if has("b left out") { 0 } else { b };
        let sum = if has("wraps in 64 bits") {
            u128::from(a.wrapping_mul(u64::from(x)).wrapping_add(b))
        } else {
            u128::from(a) * u128::from(x) + u128::from(b)
        };
        if has("no prime") { sum } else { sum % u128::from(ours::PRIME) }
    };
    let permuted = |x: u32, permutation: (u64, u64)| -> u32 {
        let rest = long(x, permutation);
        if has("remainder by 2^32 - 1") {
            (rest % u128::from(u32::MAX)) as u32
        } else if has("upper 32 bits") {
            (rest >> 29) as u32
        } else {
            rest as u32
        }
    };
    let signature = |hashes: &[u32], permutations: &[(u64, u64)]| -> Vec<u32> {
        let none = if has("empty set gives 0") { 0 } else { u32::MAX };
        if has("one number for each shingle") {
            let of_one = |x: &u32| permutations.iter().map(|p| permuted(*x, *p)).min().unwrap_or(none);
            return hashes.iter().map(of_one).collect();
        }
        let chosen = |p: &(u64, u64)| {
            let early = has("smallest before the lower 32 bits");
            let key = |x: &&u32| if early { long(**x, *p) } else { u128::from(permuted(**x, *p)) };
            let largest = has("largest instead of smallest");
            let winner = if largest { hashes.iter().max_by_key(key) } else { hashes.iter().min_by_key(key) };
            winner.map_or(none, |x| if has("hash that wins") { *x } else { permuted(*x, *p) })
        };
        permutations.iter().map(chosen).collect()
    };
    let similarity = |a: &[u32], b: &[u32]| -> f64 {
        let agreeing = if has("wherever they stand") {
            a.iter().filter(|number| b.contains(number)).count()
        } else {
            a.iter().zip(b).filter(|(a, b)| a == b).count()
        };
        let places = if has("over what differs, too") { 2 * a.len() - agreeing } else { a.len() };
        if has("count instead of share") {
            agreeing as f64
        } else if has("integers divided") {
            (agreeing / places) as f64
        } else {
            agreeing as f64 / places as f64
        }
    };
    measure(&signature, &similarity, input, values)
}

/// Right, in an odd way: the product in two halves, each folded at the prime.
fn hash_by_hash(hashes: &[u32], permutations: &[(u64, u64)]) -> Vec<u32> {
    let fold = |x: u64| {
        let folded = (x & ours::PRIME) + (x >> 61);
        if folded >= ours::PRIME { folded - ours::PRIME } else { folded }
    };
    let mut smallest = vec![u32::MAX; permutations.len()];
    for x in hashes.iter().map(|x| u64::from(*x)) {
        for ((a, b), smallest) in permutations.iter().zip(&mut smallest) {
            let a = fold(*a);
            let mut upper = fold((a >> 32) * x);
            for _ in 0..32 {
                upper = fold(upper * 2);
            }
            let sum = fold(fold(fold((a & 0xffff_ffff) * x) + upper) + fold(*b));
            *smallest = (*smallest).min(sum as u32);
        }
    }
    smallest
}

/// Right as well: all numbers of a permutation, sorted.
fn sorted(hashes: &[u32], permutations: &[(u64, u64)]) -> Vec<u32> {
    let of = |(a, b): &(u64, u64)| {
        let number = |x: &u32| (u128::from(*a) * u128::from(*x) + u128::from(*b)) % u128::from(ours::PRIME);
        let mut numbers: Vec<u64> = hashes.iter().map(|x| number(x) as u64 % (1 << 32)).collect();
        numbers.sort_unstable();
        numbers.first().map_or(u32::MAX, |first| *first as u32)
    };
    permutations.iter().map(of).collect()
}
