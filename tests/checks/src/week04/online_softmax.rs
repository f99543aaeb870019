//! The check of `week04/online-softmax`: key by key and in two halves, against PyTorch's softmax of all keys together
//! (`tests/reference/week04_online_softmax.py`).

use candle_core::{Device, Result, Tensor};
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// What is known of a query after some keys, in types that every subject has: largest, total, sum.
pub type Known = (f32, f32, Vec<f32>);

/// The functions under test.
pub struct Subject {
    /// `Running::new(width)`
    pub new: fn(usize) -> Known,
    /// `add(running, score, value)`
    pub add: fn(Known, f32, &[f32]) -> Known,
    /// `merge(a, b)`
    pub merge: fn(&Known, &Known) -> Known,
    /// `finish(running)`
    pub finish: fn(&Known) -> Vec<f32>,
}

/// Makes a [`Subject`] of a crate's `online_softmax`: its `Running` is a type of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! week04_online_softmax_subject {
    ($($module:tt)+) => {{
        use $($module)+ as subject;
        use $crate::week04::online_softmax::{Known, Subject};
        fn into((largest, total, sum): Known) -> subject::Running {
            subject::Running { largest, total, sum }
        }
        fn from(running: subject::Running) -> Known {
            (running.largest, running.total, running.sum)
        }
        Subject {
            new: |width| from(subject::Running::new(width)),
            add: |known, score, value| {
                let mut running = into(known);
                subject::add(&mut running, score, value);
                from(running)
            },
            merge: |a, b| from(subject::merge(&into(a.clone()), &into(b.clone()))),
            finish: |known| subject::finish(&into(known.clone())),
        }
    }};
}

/// Grades a crate's `online_softmax`.
#[macro_export]
macro_rules! week04_online_softmax {
    ($($subject:tt)+) => {
        $crate::week04::online_softmax::check().grade(&$crate::week04_online_softmax_subject!($($subject)+::online_softmax))
    };
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    width: usize,
    scores: Vec<f32>,
    values: Vec<Vec<f32>>,
    /// How many keys the first of two workers sees.
    split: usize,
}

/// Whether `finish` divides such a sum again or not, this is true.
const AVERAGE_KEPT: &str =
    "Your sum is the average already: `add` divides it by the total. Which of the functions should divide?";

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = crate::week04_online_softmax_subject!(sol04_attention::online_softmax);
    Check::new("week04/online-softmax", truth, measure, flawed)
        .cases(golden())
        .cases(Ok(without_a_key()))
        .cases(drawn())
        .mistake(
            "total not rescaled",
            "When a larger score arrives, your total still holds the old exponentials as they were. Less which score were they made?",
            "The old total was made with the old largest score: multiply it by exp(old largest - new largest) before you add. If you do and nothing changes, take this factor before you store the new largest score.",
        )
        .mistake(
            "sum not rescaled",
            "When a larger score arrives, your sum still holds the values of the earlier keys with their old weights. Less which score were those weights made?",
            "Total and sum were both made with the old largest score: multiply each element of the sum by exp(old largest - new largest) too, a factor that you take before you store the new largest score.",
        )
        .mistake(
            "rescale inverted",
            "Your factor is infinite for the first key: infinity times 0 is NaN. Does what was there before grow or shrink when a larger score arrives?",
            "The factor is exp(old largest - new largest), which is at most 1. You took the exponent with the other sign.",
        )
        .mistake(
            "largest not kept",
            "After several keys your result is that of the last key alone. What must `running` still know when the next key comes?",
            "Store the new largest score in `running.largest` at the end.",
        )
        .mistake(
            "no shift",
            "Your total is not what it should be, and for scores of 1000 it is infinite. What is subtracted from a score before exp?",
            "e^89 is infinite in f32: add exp(score - largest), and bring the old total and sum to the new largest.",
        )
        .mistake(
            "value not weighted",
            "Your total is right, and in the sum each new value counts as much as if its score were the largest. How much does a value weigh?",
            "Multiply each value by the exponential of its own score, less the largest, before you add it to the sum.",
        )
        .mistake(
            "blocked key first",
            "A blocked key at the very start gives NaN, and it stays. What is -inf minus -inf?",
            "A score of -inf changes nothing: return before you compute anything with it.",
        )
        .mistake(
            "blocked key counted",
            "A blocked key changes your total. What is its weight?",
            "The exponential of -inf is 0, not 1: a blocked key adds nothing to the total and nothing to the sum.",
        )
        .mistake(
            "first key as it is",
            "A blocked key that comes first counts as 1 in your total, and a second blocked key after it gives NaN. What is the weight of a blocked key?",
            "A score of -inf changes nothing, not even as the first key: return before you ask whether it is the first.",
        )
        .mistake(
            "every key as the first",
            "Where all keys are blocked, your total is 1 and your context is the value of the last. What is the weight of a blocked key?",
            "While the largest score is -inf you take each key as it is. A score of -inf changes nothing: return before you ask whether it is the first.",
        )
        .mistake(
            "divided in every step",
            "After the first key your sum is no longer a sum: it is divided already, and `finish` divides again. Where does the division belong?",
            "Divide once, in `finish`. `add` keeps the sum undivided.",
        )
        .mistake("average kept", AVERAGE_KEPT, "Divide once, in `finish`. `add` keeps the sum undivided.")
        .mistake("average divided again", AVERAGE_KEPT, "Divide once, in `finish`. `add` keeps the sum undivided.")
        .mistake(
            "never divided",
            "Your context is the sum itself. By what is an average divided?",
            "Divide each element of the sum by the total.",
        )
        .mistake(
            "nothing over nothing",
            "Where no key was looked at, your context is NaN. What is 0/0, and what should the context be?",
            "The total is 0 only where no key was looked at: divide by 1 there, which gives zeros.",
        )
        .mistake(
            "merged without rescaling",
            "Two workers whose largest scores differ: you add their totals as they are. Less which score was each of them made?",
            "Bring both to the common largest score first: multiply each one's total and sum by exp(its largest - the common largest).",
        )
        .mistake(
            "only the first rescaled",
            "Your merged result is right only while the second worker has the larger score. Which of the two may have to shrink?",
            "Either may have the larger score: compute the largest of both, and a factor for each.",
        )
        .mistake(
            "merge factor inverted",
            "In your `merge`, the worker with the smaller largest score grows. One who has seen no key has an infinite factor, and infinity times 0 is NaN. Who of the two has to shrink?",
            "Each factor is exp(its largest - the common largest), which is at most 1. You took the exponent with the other sign.",
        )
        .mistake(
            "nothing merged with nothing",
            "Two workers, neither of whom has seen a key, give NaN. What is -inf minus -inf?",
            "When the common largest score is -inf, neither has seen a key: return one of them as it is.",
        )
        .right("all in f64, with a branch for a larger score", Subject {
            new: |width| (f32::NEG_INFINITY, 0.0, vec![0.0; width]),
            add: branching,
            merge: merged_as_one_key,
            finish: |(_, total, sum)| sum.iter().map(|x| x / total.max(f32::MIN_POSITIVE)).collect(),
        })
        .right("a key is a worker who has seen one", Subject {
            new: |width| (f32::NEG_INFINITY, 0.0, vec![0.0; width]),
            add: |known, score, value| {
                let seen = if score == f32::NEG_INFINITY { 0.0 } else { 1.0 };
                merged_as_one_key(&known, &(score, seen, value.iter().map(|x| x * seen).collect()))
            },
            merge: merged_as_one_key,
            finish: |known| flawed_finish(&|_| false, known),
        })
}

fn measure(subject: &Subject, input: &Input, values: &mut Values) -> Result<()> {
    measure_with((subject.new)(input.width), &subject.add, &subject.merge, &subject.finish, input, values)
}

/// After all keys: what is known, and the context; then the same from two halves.
fn measure_with(
    new: Known,
    add: &dyn Fn(Known, f32, &[f32]) -> Known,
    merge: &dyn Fn(&Known, &Known) -> Known,
    finish: &dyn Fn(&Known) -> Vec<f32>,
    input: &Input,
    values: &mut Values,
) -> Result<()> {
    let keys: Vec<(f32, &Vec<f32>)> = input.scores.iter().copied().zip(&input.values).collect();
    let after =
        |keys: &[(f32, &Vec<f32>)]| keys.iter().fold(new.clone(), |known, (score, value)| add(known, *score, value));
    let number = |x: f32| Tensor::new(&[x], &Device::Cpu);
    let vector = |x: &[f32]| Tensor::new(x, &Device::Cpu);

    let all = after(&keys);
    values.push("largest", number(all.0)?);
    values.push("total", number(all.1)?);
    values.push("sum", vector(&all.2)?);
    let (first, second) = keys.split_at(input.split);
    let (first, second) = (after(first), after(second));
    values.push("context", vector(&finish(&all))?);
    let both = merge(&first, &second);
    values.push("largest of two halves", number(both.0)?);
    values.push("total of two halves", number(both.1)?);
    values.push("sum of two halves", vector(&both.2)?);
    Ok(())
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/online_softmax.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let rows = part("values")?.to_vec2::<f32>()?;
            let input = Input {
                width: part("values")?.dim(1)?,
                scores: part("scores")?.to_vec1()?,
                values: rows,
                split: part("split")?.to_vec1::<f32>()?[0] as usize,
            };
            let mut values = Values::default();
            for value in ["largest", "total", "sum", "context"] {
                values.push(value, part(value)?);
            }
            values.push("largest of two halves", part("largest")?);
            values.push("total of two halves", part("total")?);
            values.push("sum of two halves", part("sum")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Where there is nothing to look at, PyTorch says NaN and the exercise says zeros.
fn without_a_key() -> Vec<Case<Input>> {
    let case = |name: &str, blocked: usize, split: usize| Case {
        name: name.to_owned(),
        input: Input {
            width: 2,
            scores: vec![f32::NEG_INFINITY; blocked],
            values: vec![vec![1.5, -2.0]; blocked],
            split,
        },
        golden: None,
    };
    vec![case("no key at all", 0, 0), case("two keys, both blocked", 2, 1), case("three keys, all blocked", 3, 2)]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(4);
    let mut case = |name: &str, count: usize, width: usize, split: usize| -> Result<_> {
        let scores = (rng.normal(count, &Device::Cpu)? * 2.0)?.to_vec1()?;
        let values = rng.normal((count, width), &Device::Cpu)?.to_vec2()?;
        Ok(Case { name: name.to_owned(), input: Input { width, scores, values, split }, golden: None })
    };
    Ok(vec![
        case("three random keys", 3, 2, 1)?,
        case("seven random keys", 7, 3, 4)?,
        case("a worker who saw nothing", 5, 2, 0)?,
        case("a second worker who saw nothing", 5, 2, 5)?,
    ])
}

/// The online softmax with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let new = (f32::NEG_INFINITY, 0.0, vec![0.0; input.width]);
    let add = |known: Known, score: f32, value: &[f32]| flawed_add(has, known, score, value);
    let merge = |a: &Known, b: &Known| flawed_merge(has, a, b);
    measure_with(new, &add, &merge, &|known| flawed_finish(has, known), input, values)
}

fn flawed_add(has: &dyn Fn(&str) -> bool, known: Known, score: f32, value: &[f32]) -> Known {
    let (old, total, sum) = known;
    let blocked = score == f32::NEG_INFINITY;
    if blocked && has("blocked key counted") {
        return (old, total + 1.0, sum);
    }
    let first = old == f32::NEG_INFINITY;
    if first && (has("every key as the first") || total == 0.0 && has("first key as it is")) {
        return (score, 1.0, value.to_vec());
    }
    if blocked && !["blocked key first", "first key as it is", "every key as the first"].iter().any(|name| has(name)) {
        return (old, total, sum);
    }
    let largest = old.max(score);
    let (shrink, e) = if has("no shift") {
        (1.0, score.exp())
    } else if has("rescale inverted") {
        ((largest - old).exp(), (score - largest).exp())
    } else {
        ((old - largest).exp(), (score - largest).exp())
    };
    let before = total;
    let total = if has("total not rescaled") { total + e } else { total * shrink + e };
    let weight = if has("value not weighted") { 1.0 } else { e };
    let kept = if has("sum not rescaled") { 1.0 } else { shrink };
    let (again, divisor) = if keeps_average(has) {
        (before, total)
    } else if has("divided in every step") {
        (1.0, total)
    } else {
        (1.0, 1.0)
    };
    let sum = sum.iter().zip(value).map(|(s, x)| (s * again * kept + weight * x) / divisor).collect();
    (if has("largest not kept") { old } else { largest }, total, sum)
}

fn keeps_average(has: &dyn Fn(&str) -> bool) -> bool {
    has("average kept") || has("average divided again")
}

fn flawed_merge(has: &dyn Fn(&str) -> bool, a: &Known, b: &Known) -> Known {
    let largest = a.0.max(b.0);
    if largest == f32::NEG_INFINITY && !has("nothing merged with nothing") {
        return a.clone();
    }
    let sign = if has("merge factor inverted") { -1.0 } else { 1.0 };
    let (mut for_a, mut for_b) = ((sign * (a.0 - largest)).exp(), (sign * (b.0 - largest)).exp());
    if has("merged without rescaling") {
        (for_a, for_b) = (1.0, 1.0);
    } else if has("only the first rescaled") {
        for_b = 1.0;
    }
    let total = a.1 * for_a + b.1 * for_b;
    if keeps_average(has) {
        (for_a, for_b) = (for_a * a.1 / total, for_b * b.1 / total);
    }
    let sum = a.2.iter().zip(&b.2).map(|(x, y)| x * for_a + y * for_b).collect();
    (largest, total, sum)
}

fn flawed_finish(has: &dyn Fn(&str) -> bool, known: &Known) -> Vec<f32> {
    let nothing = known.1 == 0.0 && !has("nothing over nothing");
    let undivided = nothing || has("average kept") || has("never divided") && !has("average divided again");
    let divisor = if undivided { 1.0 } else { known.1 };
    known.2.iter().map(|x| x / divisor).collect()
}

/// Right, in an odd way: in f64, and only a larger score rescales.
fn branching(known: Known, score: f32, value: &[f32]) -> Known {
    let (largest, total, sum) = known;
    if score == f32::NEG_INFINITY {
        return (largest, total, sum);
    }
    let gap = f64::from(score) - f64::from(largest);
    let mut sums: Vec<f64> = sum.iter().map(|x| f64::from(*x)).collect();
    sums.push(f64::from(total));
    let mut new: Vec<f64> = value.iter().map(|x| f64::from(*x)).collect();
    new.push(1.0);
    if gap > 0.0 {
        sums.iter_mut().for_each(|x| *x *= (-gap).exp());
    } else {
        new.iter_mut().for_each(|x| *x *= gap.exp());
    }
    let mut sums: Vec<f32> = sums.iter().zip(&new).map(|(a, b)| (a + b) as f32).collect();
    let total = sums.pop().unwrap_or(0.0);
    (largest.max(score), total, sums)
}

/// Right, in an odd way: the worker with the smaller score is folded into the other.
fn merged_as_one_key(a: &Known, b: &Known) -> Known {
    if b.0 > a.0 {
        return merged_as_one_key(b, a);
    }
    if b.1 == 0.0 {
        return a.clone();
    }
    let factor = (f64::from(b.0) - f64::from(a.0)).exp() as f32;
    (a.0, factor.mul_add(b.1, a.1), a.2.iter().zip(&b.2).map(|(x, y)| factor.mul_add(*y, *x)).collect())
}
