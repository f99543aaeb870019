//! The check of `week02/perplexity`: NLTK's Lidstone (`tests/reference/week02_perplexity.py`).

use std::collections::BTreeMap;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::perplexity as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Counts = BTreeMap<String, u64>;

/// The functions under test.
pub struct Subject {
    /// `count_ngrams(texts, n)`
    pub count: fn(&[String], usize) -> Counts,
    /// `perplexity(counts, n, k, vocabulary, text)`
    pub perplexity: fn(&Counts, usize, f64, usize, &str) -> f64,
}

/// Grades a crate's `perplexity`.
#[macro_export]
macro_rules! week02_perplexity {
    ($($subject:tt)+) => {
        $crate::week02::perplexity::check().grade(&$crate::week02::perplexity::Subject {
            count: $($subject)+::perplexity::count_ngrams,
            perplexity: $($subject)+::perplexity::perplexity,
        })
    };
}

/// Texts to count, and texts whose perplexity is asked for, under counts that are right.
#[derive(Debug, Clone)]
pub struct Input {
    texts: Vec<String>,
    n: usize,
    k: f64,
    vocabulary: usize,
    counts: Counts,
    scored: Vec<String>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        push_counts(values, &(subject.count)(&input.texts, input.n));
        let Input { n, k, vocabulary, counts, scored, .. } = input;
        let numbers = scored.iter().map(|text| (subject.perplexity)(counts, *n, *k, *vocabulary, text));
        values.numbers("perplexities", numbers)
    };
    let truth = Subject { count: ours::count_ngrams, perplexity: ours::perplexity };
    Check::new("week02/perplexity", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "counts: no padding",
            "Your counts know nothing of how a text begins. Which history has its first sign?",
            "Put n - 1 spaces in front of each text before you cut it into sequences.",
        )
        .mistake(
            "counts: padding at the end",
            "Your counts hold sequences that run beyond the end of a text. On which side is it padded?",
            "The spaces stand in front alone: the end of a text is not predicted.",
        )
        .mistake(
            "counts: n spaces",
            "Your counts hold a sequence of n spaces, or one space too many in front. How many signs come before the first one?",
            "A history has n - 1 signs: pad with n - 1 spaces.",
        )
        .mistake(
            "counts: texts joined",
            "Your counts hold sequences that reach from one text into the next. Where does each text begin anew?",
            "Pad and count each text by itself.",
        )
        .mistake(
            "counts: histories at the end",
            "A history is counted once too often in each text. What follows the last n - 1 signs?",
            "Count as histories the first n - 1 signs of each sequence of n: what nothing follows is no history.",
        )
        .mistake(
            "counts: no histories",
            "Your counts hold the sequences of n signs and not their histories. By what will you divide?",
            "For each sequence, add 1 for it and 1 for its first n - 1 signs.",
        )
        .mistake(
            "perplexity: no padding",
            "Your perplexity leaves out the first n - 1 signs of a text. From which history are they predicted?",
            "Put n - 1 spaces in front of the text: then every sign has a history.",
        )
        .mistake(
            "perplexity: nothing added below",
            "Your probabilities of all signs after one history sum to more than 1. What did every one of them get?",
            "Each of the `vocabulary` signs gets k, so the divisor grows by k times `vocabulary`.",
        )
        .mistake(
            "perplexity: k added once below",
            "Your divisor grows by k alone. How many signs are there that get k each?",
            "Add k times `vocabulary` to the count of the history.",
        )
        .mistake(
            "perplexity: vocabulary from the counts",
            "You take the number of entries in the counts for that of the signs. Which argument says how many signs there are?",
            "Use `vocabulary`: the counts hold sequences and histories.",
        )
        .mistake(
            "perplexity: a product",
            "A long text gets an infinite perplexity. How small is a product of hundreds of probabilities?",
            "It is 0 in an `f64`. Add up logarithms instead.",
        )
        .mistake(
            "perplexity: not by the number of signs",
            "Your perplexity grows with the length of a text. Of what is it the mean?",
            "Divide the sum of the logarithms by the number of signs before you take the exponential.",
        )
        .mistake(
            "perplexity: divided by the bytes",
            "Your perplexity is too low where there is Hangul. What does `len()` count?",
            "Divide by the number of signs, `chars().count()`: a syllable has three bytes.",
        )
        .mistake(
            "perplexity: no exponential",
            "You return the mean surprise. What is still to be done to it?",
            "The perplexity is e to the power of the mean surprise.",
        )
        .mistake(
            "perplexity: two logarithms",
            "Your perplexity is too high, and is the true one to the power of 1.44. To which base is your logarithm?",
            "Use `ln` with `exp`, or `log2` with `exp2`.",
        )
        .mistake(
            "perplexity: unseen passed over",
            "A text that the counts have never seen costs you nothing. What is its probability with k added?",
            "A sequence that is not in the counts has the count 0, and its probability is k over the divisor.",
        )
        .mistake(
            "perplexity: NaN for an empty text",
            "An empty text gives `NaN`. By what do you divide?",
            "Where there is no sign, return 1.",
        )
        .right("by ends of slices", Subject { count: by_slices, perplexity: in_bits })
        .right("with a sliding history", Subject { count: sliding, perplexity: running_mean })
}

fn push_counts(values: &mut Values, counts: &Counts) {
    values.texts("counts", counts.iter().map(|(signs, count)| format!("{signs}: {count}")));
}

fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        texts: Vec<String>,
        n: usize,
        k: f64,
        vocabulary: usize,
        counts: Counts,
        scored: Vec<(String, f64)>,
    }
    let case = |golden: Golden| {
        let mut values = Values::default();
        push_counts(&mut values, &golden.counts);
        values.numbers("perplexities", golden.scored.iter().map(|(_, perplexity)| *perplexity))?;
        let Golden { name, texts, n, k, vocabulary, counts, scored } = golden;
        let scored = scored.into_iter().map(|(text, _)| text).collect();
        Ok(Case { name, input: Input { texts, n, k, vocabulary, counts, scored }, golden: Some(values) })
    };
    fixtures::json::<Vec<Golden>>("week02/perplexity.json")?.into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let case = |name: &str, texts: &[&str], n: usize, scored: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let texts = owned(texts);
        let counts = ours::count_ngrams(&texts, n);
        let input = Input { texts, n, k: 0.3, vocabulary: 7, counts, scored: owned(scored) };
        Case { name: name.into(), input, golden: None }
    };
    let mut rng = Rng::seed(64);
    let mut draw = |length: usize| -> Result<String> {
        let drawn = rng.uniform(0.0, 5.0, length, &Device::Cpu)?.to_vec1::<f32>()?;
        Ok(drawn.into_iter().map(|x| ['가', '나', 'x', ' ', '다'][(x as usize).min(4)]).collect())
    };
    let (short, long, other) = (draw(20)?, draw(1500)?, draw(12)?);
    Ok(vec![
        case("no texts", &[], 2, &["가"]),
        case("an empty text", &["", "가나"], 2, &["나가"]),
        case("the perplexity of nothing", &["가나"], 2, &[""]),
        case("the perplexity of nothing, three signs", &["가나", "다"], 3, &[""]),
        case("texts shorter than n", &["가", "나", "가나"], 4, &["가", "나가"]),
        case("drawn signs", &[&short, &other], 2, &[&other, "다다"]),
        case("drawn signs, three", &[&short, &other], 3, &[&short[..4], &other]),
        case("1500 drawn signs", &[&short], 2, &[&long]),
    ])
}

/// Counts and perplexities with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let n = input.n;
    let joined = vec![input.texts.concat()];
    let mut counts = Counts::new();
    for text in if has("counts: texts joined") { &joined } else { &input.texts } {
        let spaces = if has("counts: no padding") { 0 } else { n - usize::from(!has("counts: n spaces")) };
        let behind = if has("counts: padding at the end") { n - 1 } else { 0 };
        let signs: Vec<char> = format!("{}{text}{}", " ".repeat(spaces), " ".repeat(behind)).chars().collect();
        for sequence in signs.windows(n) {
            *counts.entry(sequence.iter().collect()).or_default() += 1;
            if !has("counts: no histories") {
                *counts.entry(sequence[..n - 1].iter().collect()).or_default() += 1;
            }
        }
        if has("counts: histories at the end") && signs.len() >= n {
            *counts.entry(signs[signs.len() + 1 - n..].iter().collect()).or_default() += 1;
        }
    }
    push_counts(values, &counts);
    values.numbers("perplexities", input.scored.iter().map(|text| flawed_perplexity(has, input, text)))
}

fn flawed_perplexity(has: &dyn Fn(&str) -> bool, Input { n, k, vocabulary, counts, .. }: &Input, text: &str) -> f64 {
    let spaces = if has("perplexity: no padding") { 0 } else { n - 1 };
    let signs: Vec<char> = " ".repeat(spaces).chars().chain(text.chars()).collect();
    let count = |signs: &[char]| counts.get(&signs.iter().collect::<String>()).copied().unwrap_or(0) as f64;
    let added = if has("perplexity: nothing added below") {
        0.0
    } else if has("perplexity: k added once below") {
        *k
    } else if has("perplexity: vocabulary from the counts") {
        k * counts.len() as f64
    } else {
        k * *vocabulary as f64
    };
    let sequences = signs.windows(*n).filter(|signs| !has("perplexity: unseen passed over") || count(signs) > 0.0);
    let probabilities: Vec<f64> =
        sequences.map(|signs| (count(signs) + k) / (count(&signs[..n - 1]) + added)).collect();
    let parts = if has("perplexity: divided by the bytes") { text.len() } else { probabilities.len() };
    if parts == 0 && !has("perplexity: NaN for an empty text") {
        return 1.0;
    }
    if has("perplexity: a product") {
        let product: f64 = probabilities.iter().product();
        let mean = if has("perplexity: not by the number of signs") { 1.0 } else { parts as f64 };
        return (1.0 / product).powf(1.0 / mean);
    }
    let log = |p: &f64| if has("perplexity: two logarithms") { p.log2() } else { p.ln() };
    let sum: f64 = probabilities.iter().map(log).sum();
    let mean = if has("perplexity: not by the number of signs") && parts > 0 { -sum } else { -sum / parts as f64 };
    if has("perplexity: no exponential") { mean } else { mean.exp() }
}

/// Right, in an odd way: byte offsets of the padded text.
fn by_slices(texts: &[String], n: usize) -> Counts {
    let mut counts = Counts::new();
    for text in texts.iter().filter(|_| n > 0) {
        let padded = format!("{}{text}", " ".repeat(n - 1));
        let mut ends: Vec<usize> = padded.char_indices().map(|(at, _)| at).collect();
        ends.push(padded.len());
        for start in 0..ends.len().saturating_sub(n) {
            for end in [start + n - 1, start + n] {
                *counts.entry(padded[ends[start]..ends[end]].to_owned()).or_insert(0) += 1;
            }
        }
    }
    counts
}

/// Right as well: in bits.
fn in_bits(counts: &Counts, n: usize, k: f64, vocabulary: usize, text: &str) -> f64 {
    let padded = format!("{}{text}", " ".repeat(n - 1));
    let signs: Vec<String> = padded.chars().map(String::from).collect();
    let bits = signs.windows(n).map(|signs| {
        let seen = counts.get(&signs.concat()).map_or(0.0, |count| *count as f64);
        let history = counts.get(&signs[..n - 1].concat()).map_or(0.0, |count| *count as f64);
        ((history + k * vocabulary as f64) / (seen + k)).log2()
    });
    let bits: Vec<f64> = bits.collect();
    (bits.iter().sum::<f64>() / bits.len().max(1) as f64).exp2()
}

/// Right as well: a history that loses its first sign and gains the next.
fn sliding(texts: &[String], n: usize) -> Counts {
    let mut counts = Counts::new();
    if n == 0 {
        return counts;
    }
    for text in texts {
        let mut history: String = " ".repeat(n - 1);
        for sign in text.chars() {
            *counts.entry(history.clone()).or_insert(0) += 1;
            history.push(sign);
            *counts.entry(history.clone()).or_insert(0) += 1;
            history.remove(0);
        }
    }
    counts
}

/// Right as well: a mean that is corrected sign by sign.
fn running_mean(counts: &Counts, n: usize, k: f64, vocabulary: usize, text: &str) -> f64 {
    let mut history: String = " ".repeat(n.saturating_sub(1));
    let (mut mean, mut seen) = (0.0, 0.0);
    for sign in text.chars() {
        let below = counts.get(&history).copied().unwrap_or_default() as f64 + k * vocabulary as f64;
        history.push(sign);
        let above = counts.get(&history).copied().unwrap_or_default() as f64 + k;
        history.remove(0);
        seen += 1.0;
        mean += (below.ln() - above.ln() - mean) / seen;
    }
    mean.exp()
}
