//! The check of `week04/masks`: masks against PyTorch and transformers (`tests/reference/week04_masks.py`).

use candle_core::{DType, Device, Result, Tensor};
use sol04_attention::masks as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Causal = fn(usize, usize, &Device) -> Result<Tensor>;
type SlidingWindow = fn(usize, usize, usize, &Device) -> Result<Tensor>;
type Padding = fn(&[usize], usize, &Device) -> Result<Tensor>;

/// The functions under test.
pub struct Subject {
    /// `causal(queries, keys, device)`
    pub causal: Causal,
    /// `sliding_window(queries, keys, window, device)`
    pub sliding_window: SlidingWindow,
    /// `padding(lengths, longest, device)`
    pub padding: Padding,
}

/// Grades a crate's `masks`.
#[macro_export]
macro_rules! week04_masks {
    ($($subject:tt)+) => {
        $crate::week04::masks::check().grade(&$crate::week04::masks::Subject {
            causal: $($subject)+::masks::causal,
            sliding_window: $($subject)+::masks::sliding_window,
            padding: $($subject)+::masks::padding,
        })
    };
}

/// Which mask, and its sizes.
#[derive(Debug, Clone)]
pub enum Input {
    /// A causal mask.
    Causal {
        /// Rows.
        queries: usize,
        /// Columns.
        keys: usize,
    },
    /// A causal mask with a window.
    Window {
        /// Rows.
        queries: usize,
        /// Columns.
        keys: usize,
        /// How many keys a query may look at.
        window: usize,
    },
    /// The padding of a batch.
    Padding {
        /// The true lengths.
        lengths: Vec<usize>,
        /// The common length.
        longest: usize,
    },
}

/// The types that masks are made of by mistake.
const OTHER_TYPES: [DType; 3] = [DType::F32, DType::U32, DType::I64];

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { causal: ours::causal, sliding_window: ours::sliding_window, padding: ours::padding };
    Check::new("week04/masks", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("causal: 5 queries, 3 keys", Input::Causal { queries: 5, keys: 3 })
        .refuses("window: 5 queries, 3 keys", Input::Window { queries: 5, keys: 3, window: 2 })
        .refuses("window of 0", Input::Window { queries: 3, keys: 3, window: 0 })
        .refuses("padding: a text longer than the longest", Input::Padding { lengths: vec![2, 5], longest: 4 })
        .mistake(
            "aligned to the first key",
            "With more keys than queries, your queries see too little. At which key does the last query stand?",
            "The queries are the last positions: the first query stands at key number keys - queries, counted from 0.",
        )
        .mistake(
            "own position excluded",
            "Your queries do not see the key at their own position, so one of them sees nothing. May a word look at itself?",
            "Row i stands at the key keys - queries + i, and keeps that key, too: look at your offset, and compare with <=.",
        )
        .mistake(
            "next key included",
            "Your queries also see the key right after their own position. At which key does the last query stand?",
            "Row i stands at the key keys - queries + i, and keeps no key after it: look for a 1 too many.",
        )
        .mistake(
            "future instead of past",
            "Your queries see what comes after them and not what came before. Which of the two is row, and which is column?",
            "Rows are queries and columns are keys: keep the key j where it is not larger than the query's position i.",
        )
        .mistake(
            "window one too wide",
            "Your window reaches one key too far back. Does the query's own position count?",
            "A window of w keys is the own position and the w - 1 before it.",
        )
        .mistake(
            "window one too narrow",
            "Your window holds one key too few. How many keys does a window of 1 show?",
            "A window of w keys is the own position and the w - 1 before it: the key j stays where j + w is larger than i.",
        )
        .mistake(
            "window on both sides",
            "Your window also shows the keys after the query. Is a window an exception to the causal mask?",
            "A window narrows the causal mask: keep what is both inside the window and not after the query.",
        )
        .mistake(
            "window from the row",
            "Your window is right where there are as many keys as queries. At which position does the query of a row stand?",
            "The query of row i stands at position Tk - Tq + i: reckon both ends of its window from there.",
        )
        .mistake(
            "window ignored",
            "Your window hides nothing: every query sees its whole past. Which is the earliest key that it may look at?",
            "Besides the future, block what lies window positions or more before the query.",
        )
        .mistake(
            "padding token by token",
            "Your padding is right for one text, and stands in the wrong order for several. What is one row of (B, 1, 1, longest)?",
            "A row belongs to one text: go over the texts outside, and over the positions of each inside.",
        )
        .mistake(
            "padding on the left",
            "Your padding hides the first tokens of a short text and shows the filling. On which side are the texts filled up?",
            "The texts stand at the left and the filling at the right: keep the first `length` keys.",
        )
        .mistake(
            "padding one too late",
            "Your padding mask shows one token of the filling. Which is the last index of a text of n tokens?",
            "Indices count from 0: keep the key j where j < length, not where j <= length.",
        )
        .mistake(
            "0 and 1 swapped",
            "Your masks keep exactly what they should block. What does a 1 mean here?",
            "1 means that the query may look, 0 that it may not.",
        )
        .mistake(
            "padding without the dimensions of heads and queries",
            "Your padding mask has the shape (B, T). Against which dimensions of the (B, H, Tq, Tk) scores would that broadcast?",
            "Broadcasting lines shapes up from the right, so B would meet the queries: give the mask the shape (B, 1, 1, T).",
        )
        .mistake(
            OTHER_TYPES[0].as_str(),
            "Your mask is not of type u8. What does `where_cond` choose by?",
            "Make the ones and zeros of type u8, or end with `to_dtype(DType::U8)`.",
        )
        .way(OTHER_TYPES[1].as_str())
        .way(OTHER_TYPES[2].as_str())
        .right(
            "lines of whole triangles, and sums of masks",
            Subject { causal: last_lines, sliding_window: less_the_old, padding: by_text },
        )
        .right(
            "comparisons of positions, as tensors",
            Subject {
                causal: |queries, keys, device| compared(queries, keys, keys, device),
                sliding_window: compared,
                padding: counted,
            },
        )
}

fn observe(subject: &Subject, input: &Input, values: &mut Values) -> Result<()> {
    let cpu = &Device::Cpu;
    let mask = match input {
        Input::Causal { queries, keys } => (subject.causal)(*queries, *keys, cpu)?,
        Input::Window { queries, keys, window } => (subject.sliding_window)(*queries, *keys, *window, cpu)?,
        Input::Padding { lengths, longest } => (subject.padding)(lengths, *longest, cpu)?,
    };
    values.dtype("type of the mask", &mask);
    values.push("mask", mask);
    Ok(())
}

/// The cases of PyTorch and transformers.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/masks.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let sizes = golden.get(&name, "sizes")?.to_vec1::<i64>()?;
            let sizes: Vec<usize> = sizes.into_iter().map(|size| size as usize).collect();
            let input = match (name.split_once(':').map(|(kind, _)| kind), &sizes[..]) {
                (Some("causal"), [queries, keys]) => Input::Causal { queries: *queries, keys: *keys },
                (Some("window"), [queries, keys, window]) => {
                    Input::Window { queries: *queries, keys: *keys, window: *window }
                }
                (Some("padding"), [longest, lengths @ ..]) => {
                    Input::Padding { lengths: lengths.to_vec(), longest: *longest }
                }
                _ => candle_core::bail!("{name}: no mask has the sizes {sizes:?}"),
            };
            let mut values = Values::default();
            values.text("type of the mask", "u8");
            values.push("mask", golden.get(&name, "mask")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(43);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1)) // rounding may reach the upper end
    };
    let keys = 6 + below(8)?;
    let (queries, window) = (2 + below(keys - 2)?, 2 + below(keys / 2)?);
    let longest = 5 + below(6)?;
    let lengths: Vec<usize> = (0..4).map(|_| below(longest + 1)).collect::<Result<_>>()?;
    let case = |name: String, input| Case { name, input, golden: None };
    Ok(vec![
        case(format!("causal: {queries} queries, {keys} keys, drawn"), Input::Causal { queries, keys }),
        case(
            format!("window: {window} over {queries} queries, {keys} keys, drawn"),
            Input::Window { queries, keys, window },
        ),
        case(format!("padding: {lengths:?} of {longest}, drawn"), Input::Padding { lengths, longest }),
    ])
}

/// Masks with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let fits = match input {
        Input::Causal { queries, keys } => queries <= keys,
        Input::Window { queries, keys, window } => queries <= keys && *window > 0,
        Input::Padding { lengths, longest } => lengths.iter().all(|length| length <= longest),
    };
    if !fits {
        candle_core::bail!("the sizes do not fit");
    }
    let is_past = |i: usize, j: usize| match (has("future instead of past"), has("own position excluded")) {
        (false, false) => j <= i,
        (false, true) => j < i,
        (true, false) => j >= i,
        (true, true) => j > i,
    };
    let in_window = |(row, i): (usize, usize), j: usize, window: usize| {
        let window = if has("window one too wide") { window + 1 } else { window };
        let window = if has("window one too narrow") { window - 1 } else { window };
        let is_near = if has("window from the row") { row < j + window } else { i.abs_diff(j) < window };
        if has("window ignored") {
            is_past(i, j)
        } else if has("window on both sides") {
            is_near && (i != j || is_past(i, j))
        } else {
            is_near && is_past(i, j)
        }
    };
    let is_text = |j: usize, length: usize, longest: usize| {
        let length = if has("padding one too late") { length + 1 } else { length };
        if has("padding on the left") { j + length >= longest } else { j < length }
    };
    let first = |queries: usize, keys: usize| {
        let first = if has("aligned to the first key") { 0 } else { keys - queries };
        first + usize::from(has("next key included") && !has("own position excluded"))
    };
    let (kept, shape): (Vec<bool>, Vec<usize>) = match input {
        Input::Causal { queries, keys } => {
            let first = first(*queries, *keys);
            let line = |i: usize| (0..*keys).map(move |j| (first + i, j));
            ((0..*queries).flat_map(line).map(|(i, j)| is_past(i, j)).collect(), vec![*queries, *keys])
        }
        Input::Window { queries, keys, window } => {
            let first = first(*queries, *keys);
            let line = |row: usize| (0..*keys).map(move |j| ((row, first + row), j));
            ((0..*queries).flat_map(line).map(|(i, j)| in_window(i, j, *window)).collect(), vec![*queries, *keys])
        }
        Input::Padding { lengths, longest } => {
            let line = |length: &usize| {
                let length = *length;
                (0..*longest).map(move |j| (j, length))
            };
            let kept = if has("padding token by token") {
                (0..*longest).flat_map(|j| lengths.iter().map(move |length| (j, *length))).collect()
            } else {
                lengths.iter().flat_map(line).collect::<Vec<_>>()
            };
            let kept = kept.into_iter().map(|(j, length)| is_text(j, length, *longest)).collect();
            let flat = has("padding without the dimensions of heads and queries");
            (kept, if flat { vec![lengths.len(), *longest] } else { vec![lengths.len(), 1, 1, *longest] })
        }
    };
    let numbers: Vec<u8> = kept.into_iter().map(|kept| u8::from(kept != has("0 and 1 swapped"))).collect();
    let other = OTHER_TYPES.into_iter().find(|dtype| has(dtype.as_str()));
    values.text("type of the mask", other.unwrap_or(DType::U8).as_str());
    values.push("mask", Tensor::from_vec(numbers, shape, &Device::Cpu)?);
    Ok(())
}

/// Right, in an odd way: the last lines of a whole triangle.
fn last_lines(queries: usize, keys: usize, device: &Device) -> Result<Tensor> {
    let Some(past) = keys.checked_sub(queries) else { candle_core::bail!("more queries than keys") };
    Tensor::tril2(keys, DType::U8, device)?.narrow(0, past, queries)
}

/// Right as well: the causal mask, less what has left the window.
fn less_the_old(queries: usize, keys: usize, window: usize, device: &Device) -> Result<Tensor> {
    let causal = last_lines(queries, keys, device)?;
    if window == 0 {
        candle_core::bail!("an empty window");
    }
    if window >= keys {
        return Ok(causal);
    }
    let none = Tensor::zeros((queries, window), DType::U8, device)?;
    // What was seen `window` positions ago is the same triangle, moved to the left.
    let seen_before = Tensor::tril2(keys, DType::U8, device)?.narrow(0, keys - queries, queries)?;
    let old = Tensor::cat(&[seen_before, none], 1)?.narrow(1, window, keys)?;
    causal - old
}

/// Right as well: one text after the other.
fn by_text(lengths: &[usize], longest: usize, device: &Device) -> Result<Tensor> {
    let mut texts = vec![];
    for length in lengths {
        let Some(filling) = longest.checked_sub(*length) else { candle_core::bail!("too long") };
        let line = [vec![1_u8; *length], vec![0; filling]].concat();
        texts.push(Tensor::new(line, device)?.reshape((1, 1, longest))?);
    }
    Tensor::stack(&texts, 0)
}

/// Right as well: the positions of queries and keys as numbers, compared.
fn compared(queries: usize, keys: usize, window: usize, device: &Device) -> Result<Tensor> {
    if queries > keys || window == 0 {
        candle_core::bail!("nothing to look at");
    }
    let i = Tensor::arange((keys - queries) as i64, keys as i64, device)?.unsqueeze(1)?; // (Tq, 1)
    let j = Tensor::arange(0, keys as i64, device)?.unsqueeze(0)?; // (1, Tk)
    let past = j.broadcast_le(&i)?;
    let near = i.broadcast_sub(&j)?.lt(window as i64)?;
    past * near
}

/// Right as well: the lengths as numbers, compared.
fn counted(lengths: &[usize], longest: usize, device: &Device) -> Result<Tensor> {
    if lengths.iter().any(|length| *length > longest) {
        candle_core::bail!("too long");
    }
    let lengths: Vec<i64> = lengths.iter().map(|length| *length as i64).collect();
    let lengths = Tensor::new(lengths, device)?.reshape(((), 1, 1, 1))?; // (B, 1, 1, 1)
    Tensor::arange(0, longest as i64, device)?.reshape((1, 1, 1, longest))?.broadcast_lt(&lengths)
}
