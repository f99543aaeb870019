//! An experiment: how wide may a head be before attention saturates?
//!
//! Vaswani et al. (2017), §3.2.1, name the reason why they divide the scores by the root of the head size: large scores push
//! the softmax where its slopes are small. Here random queries look at random keys, and five numbers say how far that goes.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $q$ | `queries` | `(S, 1, D)`: `S` queries, each with keys of its own |
//! | $k$ | `keys` | `(S, Tk, D)` |
//! | $v$ | `values` | `(S, Tk, 1)` |
//! | $\mathrm{softmax}(\cdot)$ | `weights` | `(S, 1, Tk)` |
//!
//! The paper reasons about independent elements of mean 0 and variance 1; a trained model's are neither. So this shows what
//! a head starts with, not what it learns.

use candle_core::{Device, Result, Var};
use serde::{Deserialize, Serialize};
use week00_workbench::rng::Rng;
use workshop_base::experiment::{Refused, between, require};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::scaled_dot_product::attention_weights;

/// What the learner chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the random numbers start.
    pub seed: u64,
    /// The head sizes `D`, from small to large.
    pub head_sizes: Vec<usize>,
    /// Whether the scores are divided by the root of `D`: `[true]`, `[false]`, or both.
    pub divided: Vec<bool>,
    /// How many keys each query looks at, `Tk`.
    pub keys: usize,
    /// How many queries are drawn, `S`.
    pub queries: usize,
    /// A query counts as saturated where its largest weight is above this.
    pub saturated_above: f64,
}

/// Why settings are refused.
#[derive(Debug, Clone)]
pub enum SettingsError {
    /// One of them is out of its range.
    Range(Refused),
    /// The tensors would be too large.
    TooLarge(u128),
}

impl From<Refused> for SettingsError {
    fn from(refused: Refused) -> Self {
        Self::Range(refused)
    }
}

impl SettingsError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Range(refused) => refused.say(text),
            Self::TooLarge(numbers) => tr!(
                text,
                "queries times keys times the sum of the head sizes is {numbers}: allowed are at most {most} numbers, so make one of them smaller",
                numbers = numbers,
                most = MOST
            ),
        }
    }
}

/// The numbers of all keys together at most: 128 MiB, and a run again of a few seconds, well within the limits of a check.
const MOST: u128 = 1 << 25;

impl Settings {
    /// Whether the experiment can be run.
    ///
    /// # Errors
    /// When a setting is out of its range, before anything is allocated.
    pub fn validate(&self) -> std::result::Result<(), SettingsError> {
        let (sizes, divided) = (&self.head_sizes, &self.divided);
        require(
            (3..=12).contains(&sizes.len())
                && sizes.iter().all(|size| (1..=4096).contains(size))
                && sizes.windows(2).all(|two| two[0] < two[1]),
            "head_sizes",
            sizes,
            |text| tr!(text, "3 to 12 whole numbers from 1 to 4096, each larger than the one before"),
        )?;
        require(matches!(divided[..], [_]) || matches!(divided[..], [a, b] if a != b), "divided", divided, |text| {
            tr!(text, "[true], [false] or [true, false]")
        })?;
        between("keys", self.keys, 2, 1024)?;
        between("queries", self.queries, 100, 10_000)?;
        let share = self.saturated_above;
        require(share > 0.0 && share < 1.0, "saturated_above", share, |text| tr!(text, "a number between 0 and 1"))?;
        let numbers = [self.queries, self.keys, sizes.iter().sum()].iter().map(|n| *n as u128).product();
        if numbers > MOST { Err(SettingsError::TooLarge(numbers)) } else { Ok(()) }
    }
}

/// What was measured for one head size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The head size, `D`.
    pub head_size: usize,
    /// Whether the scores were divided by its root.
    pub divided: bool,
    /// The largest weight of a query, on average.
    pub largest: f64,
    /// The share of the queries that are saturated: their largest weight is above the learner's limit.
    pub saturated: f64,
    /// The entropy of a query's weights in bits, on average: `log2(Tk)` where all are equal, 0 where one key has all.
    pub entropy: f64,
    /// The share of the queries whose largest weight $p$ is above one half and has a slope $p(1 - p)$ below [`FLAT`]. The slope
    /// is as small for a tiny $p$, where attention is spread and nothing is saturated.
    pub flat: f64,
    /// The length of the gradient that reaches a query from its context; the median, because a few steep queries would
    /// hide in a mean that most have next to none.
    pub gradient: f64,
}

/// Below this a slope counts as flat.
pub const FLAT: f64 = 0.01;

/// Measures one head size. The numbers depend on the settings and on `head_size` alone, not on the other head sizes, and
/// are drawn from the same queries whether the scores are divided or not.
///
/// # Errors
/// When a tensor operation fails.
pub fn measure(settings: &Settings, head_size: usize, divided: bool, device: &Device) -> Result<Record> {
    let Settings { keys: tk, queries: s, .. } = *settings;
    let d = head_size;
    let mut rng = Rng::seed(settings.seed);
    let queries = Var::from_tensor(&rng.normal((s, 1, d), device)?)?;
    let keys = rng.normal((s, tk, d), device)?;
    let values = rng.normal((s, tk, 1), device)?;
    // The piece divides by the root of D; multiplied by it before, the division is undone.
    let factor = if divided { 1.0 } else { (d as f64).sqrt() };
    let weights = attention_weights(&(queries.as_tensor() * factor)?, &keys, None)?; // (S, 1, D), (S, Tk, D) -> (S, 1, Tk)
    let context = weights.matmul(&values)?; // (S, 1, Tk) x (S, Tk, 1) -> (S, 1, 1)
    let gradients = context.sum_all()?.backward()?;
    let gradient = match gradients.get(&queries) {
        Some(gradient) => gradient.sqr()?.sum((1, 2))?.sqrt()?.to_vec1::<f32>()?, // (S, 1, D) -> (S,)
        None => candle_core::bail!("no gradient reaches the queries: are the weights detached?"),
    };
    let weights = weights.squeeze(1)?.to_vec2::<f32>()?;
    let weights: Vec<Vec<f64>> = weights.iter().map(|row| row.iter().map(|w| f64::from(*w)).collect()).collect();
    let largest: Vec<f64> = weights.iter().map(|row| row.iter().copied().fold(0.0, f64::max)).collect();
    let share = |is: &dyn Fn(f64) -> bool| largest.iter().filter(|p| is(**p)).count() as f64 / s as f64;
    Ok(Record {
        head_size,
        divided,
        largest: mean(&largest),
        saturated: share(&|p| p > settings.saturated_above),
        entropy: mean(&weights.iter().map(|row| entropy(row)).collect::<Vec<_>>()),
        flat: share(&|p| p > 0.5 && p * (1.0 - p) < FLAT),
        gradient: median(gradient.into_iter().map(f64::from).collect()),
    })
}

/// The entropy of weights that sum to 1, in bits: $-\sum_j w_j \log_2 w_j$.
pub fn entropy(weights: &[f64]) -> f64 {
    // A weight of 0 adds nothing, and its logarithm is -∞. The 0 in front keeps a sum of nothing from being -0.
    0.0 - weights.iter().filter(|w| **w > 0.0).map(|w| w * w.log2()).sum::<f64>()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The one in the middle; of an even number, the mean of the two.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = numbers.get(middle).copied().unwrap_or(f64::NAN);
    let lower =
        if numbers.len().is_multiple_of(2) { middle.checked_sub(1).map_or(upper, |i| numbers[i]) } else { upper };
    (lower + upper) / 2.0
}

/// The records as a Markdown table.
pub fn table(records: &[Record], settings: &Settings, text: &Catalogue) -> String {
    let head = [
        tr!(text, "head size"),
        tr!(text, "scores"),
        tr!(text, "largest weight"),
        tr!(text, "share above {limit}", limit = settings.saturated_above),
        tr!(text, "entropy (of {most} bits)", most = format!("{:.2}", (settings.keys as f64).log2())),
        tr!(text, "share above 0.5 with slope below {flat}", flat = FLAT),
        tr!(text, "gradient at the query"),
    ];
    let mut table = format!("| {} |\n|---:|---|---:|---:|---:|---:|---:|\n", head.join(" | "));
    for record in records {
        let numbers = [record.largest, record.saturated, record.entropy, record.flat, record.gradient];
        table +=
            &format!("| {} | {} | {} |\n", record.head_size, scores(record.divided), numbers.map(digits).join(" | "));
    }
    table
}

/// How the scores are made, in symbols.
pub fn scores(divided: bool) -> &'static str {
    if divided { "q·k/√D" } else { "q·k" }
}

/// A number with four digits that count, and no more than five decimals: beyond them single precision has only noise.
fn digits(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = number.abs().log10().floor();
    format!("{number:.*}", (3.0 - magnitude).clamp(0.0, 5.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            seed: 1,
            head_sizes: vec![4, 64, 1024],
            divided: vec![true, false],
            keys: 16,
            queries: 400,
            saturated_above: 0.9,
        }
    }

    #[test]
    fn divided_it_stays_flat_and_not_divided_it_saturates() -> Result<()> {
        let measure = |d, divided| measure(&settings(), d, divided, &Device::Cpu);
        let (narrow, wide) = (measure(4, true)?, measure(1024, true)?);
        assert!((narrow.largest - wide.largest).abs() < 0.05, "{narrow:?} {wide:?}");
        assert!(wide.saturated == 0.0 && wide.flat == 0.0 && wide.entropy > 3.0, "{wide:?}");
        let not_divided = measure(1024, false)?;
        assert!(not_divided.largest > 0.9 && not_divided.saturated > 0.7 && not_divided.flat > 0.6, "{not_divided:?}");
        assert!(not_divided.entropy < 0.3 && not_divided.gradient < wide.gradient / 10.0, "{not_divided:?} {wide:?}");
        // Spread over many keys, a largest weight has a small slope too, and is as far from saturated as can be.
        let spread = super::measure(&Settings { keys: 1024, ..settings() }, 4, true, &Device::Cpu)?;
        assert!(spread.largest < 0.02 && spread.flat == 0.0, "{spread:?}");
        // One head size of 1 is the same both ways.
        assert_eq!(measure(1, true)?.largest, measure(1, false)?.largest);
        Ok(())
    }

    #[test]
    fn a_seed_repeats_bit_for_bit() -> Result<()> {
        let measure = |settings: &Settings| measure(settings, 64, false, &Device::Cpu);
        assert_eq!(measure(&settings())?, measure(&settings())?);
        assert_ne!(measure(&settings())?, measure(&Settings { seed: 2, ..settings() })?);
        // Nor does it depend on what else is measured.
        assert_eq!(measure(&settings())?, measure(&Settings { head_sizes: vec![64, 65, 66], ..settings() })?);
        Ok(())
    }

    /// By hand: two keys, one element. The gradient of `w1 v1 + w2 v2` at the query is `w1 w2 (v1 - v2)(k1 - k2)`.
    #[test]
    fn the_gradient_is_the_one_by_hand() -> Result<()> {
        let settings = Settings { keys: 2, queries: 100, ..settings() };
        let mut rng = Rng::seed(settings.seed);
        let mut draw = |shape: (usize, usize)| rng.normal(shape, &Device::Cpu)?.to_vec2::<f32>();
        let (q, k, v) = (draw((100, 1))?, draw((100, 2))?, draw((100, 2))?);
        let by_hand = (0..100).map(|i| {
            let weight = 1.0 / (1.0 + (f64::from(q[i][0]) * f64::from(k[i][1] - k[i][0])).exp());
            (weight * (1.0 - weight) * f64::from(v[i][0] - v[i][1]) * f64::from(k[i][0] - k[i][1])).abs()
        });
        let (expected, got) = (median(by_hand.collect()), measure(&settings, 1, true, &Device::Cpu)?.gradient);
        assert!((expected - got).abs() < 1e-6, "{expected} {got}");
        Ok(())
    }

    #[test]
    fn numbers_are_counted_as_they_should_be() {
        assert_eq!(entropy(&[0.25; 4]), 2.0);
        assert_eq!(entropy(&[1.0, 0.0]), 0.0);
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 9.0])), (2.0, 3.0));
        assert_eq!(
            [0.0, 1.0, 0.25, 12.3456, 0.0123456, 0.0000123, 12345.6].map(digits),
            ["0", "1.000", "0.2500", "12.35", "0.01235", "0.00001", "12346"]
        );
    }

    #[test]
    fn what_cannot_be_run_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.validate().expect_err("refused").say(&Catalogue::default())
        };
        assert!(settings().validate().is_ok());
        assert!(refused(&|s| s.keys = 1).contains("keys = 1: allowed is 2 to 1024"));
        assert!(refused(&|s| s.queries = usize::MAX).contains("queries = "));
        assert!(refused(&|s| s.head_sizes = vec![4, 4, 8]).contains("head_sizes = [4, 4, 8]: "));
        assert!(refused(&|s| s.head_sizes = vec![1, 2, 4097]).contains("head_sizes"));
        assert!(refused(&|s| s.head_sizes = vec![1; 100_000]).len() < 400);
        assert!(refused(&|s| s.divided = vec![true, true]).contains("divided = [true, true]"));
        assert!(refused(&|s| s.divided = vec![]).contains("divided"));
        assert!(refused(&|s| s.saturated_above = f64::NAN).contains("saturated_above = NaN"));
        let all = refused(&|s| (s.keys, s.queries, s.head_sizes) = (1024, 10_000, vec![1, 2, 4096]));
        assert!(all.contains("41973760000"), "{all}");
        // A check runs all of them again, so all count: each of these is small enough.
        let sum = refused(&|s| (s.queries, s.head_sizes) = (1000, (1000..1012).collect()));
        assert!(sum.contains("193056000"), "{sum}");
    }
}
