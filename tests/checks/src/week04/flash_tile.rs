//! The check of `week04/flash-tile`: all tiles of a few queries, in any order, against PyTorch's
//! `scaled_dot_product_attention` of all keys together (`tests/reference/week04_flash_tile.py`), with gradients.

use candle_core::{D, DType, Device, Result, Tensor, Var};
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// What is known of a block of queries, in types that every subject has: largest, total, sum.
pub type Known = (Tensor, Tensor, Tensor);

/// The functions under test.
pub struct Subject {
    /// `RunningTile::new(queries, value_width, dtype, device)`
    pub new: fn(&[usize], usize) -> Result<Known>,
    /// `add_tile(running, q, k, v, mask)`
    pub add: fn(&Known, &Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Known>,
    /// `finish_tile(running)`
    pub finish: fn(&Known) -> Result<Tensor>,
}

/// Makes a [`Subject`] of a crate's `flash_tile`: its `RunningTile` is a type of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! week04_flash_tile_subject {
    ($($module:tt)+) => {{
        use $($module)+ as subject;
        use $crate::week04::flash_tile::{CPU, F32, Known, Subject};
        fn into((largest, total, sum): &Known) -> subject::RunningTile {
            subject::RunningTile { largest: largest.clone(), total: total.clone(), sum: sum.clone() }
        }
        fn from(running: subject::RunningTile) -> Known {
            (running.largest, running.total, running.sum)
        }
        Subject {
            new: |queries, width| Ok(from(subject::RunningTile::new(queries, width, F32, &CPU)?)),
            add: |known, q, k, v, mask| Ok(from(subject::add_tile(&into(known), q, k, v, mask)?)),
            finish: |known| subject::finish_tile(&into(known)),
        }
    }};
}

/// Grades a crate's `flash_tile`.
#[macro_export]
macro_rules! week04_flash_tile {
    ($($subject:tt)+) => {
        $crate::week04::flash_tile::check().grade(&$crate::week04_flash_tile_subject!($($subject)+::flash_tile))
    };
}

/// What the macro computes with.
#[doc(hidden)]
pub const F32: DType = DType::F32;
/// Where the macro computes.
#[doc(hidden)]
pub const CPU: Device = Device::Cpu;

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Option<Tensor>,
    /// The gradient that arrives at the context, as if more layers followed.
    upstream: Tensor,
    /// For each tile, in the order in which they come: where it starts, and how many keys it holds.
    tiles: Vec<(usize, usize)>,
}

const LARGE_NUMBER: &str = "A query that may look nowhere counts every blocked key as 1. Which number do you put where the mask is 0, and what is left of it when the largest score is that same number?";
const BLOCK_WITH_INFINITY: &str = "Put -inf where the mask is 0, not a large negative number. Less itself, a large number is 0, and exp makes 1 of it.";

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = crate::week04_flash_tile_subject!(sol04_attention::flash_tile);
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.new, &subject.add, &subject.finish, input, values)
    };
    Check::new("week04/flash-tile", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("queries and keys of different head sizes", misfit((3, 4), (2, 5), (2, 4)))
        .refuses("fewer values than keys", misfit((3, 4), (3, 4), (2, 4)))
        .mistake(
            "no scale",
            "Your scores are larger than they should be, and the more so the wider the head. What keeps them from growing with the head size?",
            "Divide the scores of the tile by the square root of the head size D.",
        )
        .mistake(
            "mask ignored",
            "Your result is the same with and without the mask. Where should it take part?",
            "Replace the score by -inf wherever the mask is 0, before you look for the largest.",
        )
        .mistake(
            "mask inverted",
            "Your queries look exactly where they may not. What does a 1 in the mask mean?",
            "1 means that the query may look: keep the score where the mask is 1, and block it where it is 0.",
        )
        .mistake("large number for -inf", LARGE_NUMBER, BLOCK_WITH_INFINITY)
        .mistake("least number for -inf", LARGE_NUMBER, BLOCK_WITH_INFINITY)
        .mistake("large number added", LARGE_NUMBER, BLOCK_WITH_INFINITY)
        .mistake(
            "mask after exp",
            "Your largest score may be that of a blocked key. What must a blocked score be before you look for the largest?",
            "Put -inf where the mask is 0 before you take the maximum. The exponential of it is 0, so nothing is left to mask after exp.",
        )
        .mistake(
            "total not rescaled",
            "With more than one tile, your total still holds the exponentials of the earlier tiles as they were. Less which score were they made?",
            "Multiply the old total by exp(old largest - new largest) before you add the total of this tile.",
        )
        .mistake(
            "sum not rescaled",
            "With more than one tile, your sum still holds the values of the earlier tiles with their old weights. Less which score were those weights made?",
            "Multiply the old sum by exp(old largest - new largest), the factor of the old total.",
        )
        .mistake(
            "rescale inverted",
            "Your factor is infinite for the first tile: infinity times 0 is NaN. Does what was there before grow or shrink when a larger score arrives?",
            "The factor is exp(old largest - new largest), which is at most 1. You took the exponent with the other sign.",
        )
        .mistake(
            "tile not rescaled",
            "A tile whose scores are all smaller than the largest so far counts too much. Less which score are its exponentials made?",
            "Take the exponentials less the new largest score, that of all tiles so far. Or multiply those of this tile by exp(largest of this tile - new largest), in the total and in the sum.",
        )
        .mistake(
            "largest of this tile alone",
            "Your largest score goes down when a tile has only small scores. Largest of what must it be?",
            "Take the maximum of `running.largest` and the largest score of this tile.",
        )
        .mistake(
            "largest not kept",
            "After several tiles your result is that of the last tile alone. What must the new `RunningTile` know of this one?",
            "Return the new largest score in it, not the one that came in.",
        )
        .mistake(
            "no shift",
            "Your total is not what it should be, and for scores of 1000 it is infinite. What is subtracted from a score before exp?",
            "e^89 is infinite in f32: subtract the new largest score of each query, and bring the old total and sum to it.",
        )
        .mistake(
            "softmax within the tile",
            "With several tiles your context is not the average of all values. By what have you divided in each tile?",
            "A tile does not know the other tiles: add up exponentials times values undivided, and divide once, in `finish_tile`.",
        )
        .mistake(
            "row of -inf",
            "A query that may look nowhere in its first tile gives NaN, and keeps it. What is -inf minus -inf?",
            "Where the new largest score is still -inf, subtract 0 in its place.",
        )
        .mistake(
            "never divided",
            "Your context is the sum itself. By what is an average divided?",
            "Divide the sum by the total in `finish_tile`.",
        )
        .mistake(
            "nothing over nothing",
            "A query that may look nowhere at all gives NaN at the end. What is 0/0?",
            "Where the total is 0, divide by 1: the context of such a query is zeros.",
        )
        .mistake(
            "zeros after the division",
            "Your context is right, and where a query may look nowhere a gradient is NaN. What does `where_cond` hide from the context that the gradient still flows through?",
            "First put 1 where the total is 0, then divide. The gradient of 0/0 is NaN, even where the quotient is thrown away.",
        )
        .mistake(
            "earlier tiles cut off",
            "Your context is right, and the gradients know the last tile only. What did you detach?",
            "Only the largest score may be detached. The total and the sum of the earlier tiles must stay in the graph.",
        )
        .mistake(
            "weights cut off",
            "Your context is right, and no gradient reaches the queries and the keys. What did you detach?",
            "Only the largest score may be detached. The exponentials must stay in the graph.",
        )
        .right("the past as one more key", Subject { new, add: past_as_a_key, finish: divided })
        .right("an additive mask, and a sum with the total beside it", Subject { new, add: total_as_a_value, finish: divided })
}

type Add<'a> = &'a dyn Fn(&Known, &Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Known>;

/// What is known after all tiles, the context, and the gradients of the sum of `context * upstream`.
fn measure(
    new: &dyn Fn(&[usize], usize) -> Result<Known>,
    add: Add<'_>,
    finish: &dyn Fn(&Known) -> Result<Tensor>,
    input: &Input,
    values: &mut Values,
) -> Result<()> {
    let vars = [Var::from_tensor(&input.q)?, Var::from_tensor(&input.k)?, Var::from_tensor(&input.v)?];
    let [q, k, v] = &vars;
    let rank = q.rank();
    let mut known = new(&q.dims()[..rank - 1], v.dim(D::Minus1)?)?;
    for (start, width) in &input.tiles {
        let part = |x: &Tensor| x.narrow(D::Minus2, *start, *width)?.contiguous();
        let mask = match &input.mask {
            Some(mask) => Some(mask.narrow(D::Minus1, *start, *width)?.contiguous()?),
            None => None,
        };
        // A tile that does not fit is handed over as it is, for `add` to refuse.
        let values = if v.dim(D::Minus2)? == k.dim(D::Minus2)? { part(v)? } else { v.as_tensor().clone() };
        known = add(&known, q, &part(k)?, &values, mask.as_ref())?;
    }
    values.push("largest", known.0.detach());
    values.push("total", known.1.detach());
    let context = finish(&known)?;
    values.push("context", context.detach());
    let gradients = context.broadcast_mul(&input.upstream)?.sum_all()?.backward()?;
    for (name, var) in ["gradient of q", "gradient of k", "gradient of v"].into_iter().zip(&vars) {
        values.push(name, arrived(&gradients, var)?);
    }
    Ok(())
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/flash_tile.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let widths = part("widths")?.to_vec1::<u8>()?;
            let start = |tile: usize| widths[..tile].iter().map(|width| usize::from(*width)).sum::<usize>();
            let order = part("order")?.to_vec1::<u8>()?;
            let tiles = order.iter().map(|i| usize::from(*i)).map(|i| (start(i), usize::from(widths[i]))).collect();
            let input = Input {
                q: part("q")?,
                k: part("k")?,
                v: part("v")?,
                mask: part("mask").ok(),
                upstream: part("upstream")?,
                tiles,
            };
            let mut values = Values::default();
            values.push("largest", part("largest")?);
            values.push("total", part("total")?);
            values.push("context", part("context")?);
            values.push("gradient of q", part("grad_q")?);
            values.push("gradient of k", part("grad_k")?);
            values.push("gradient of v", part("grad_v")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(8);
    let cpu = &Device::Cpu;
    let mut case = |name: &str, leading: &[usize], (tq, d, dv), tiles: &[(usize, usize)], masked| {
        let tk = tiles.iter().map(|(_, width)| width).sum::<usize>();
        let shape = |t: usize, d: usize| [leading, &[t, d]].concat();
        let mask = if masked { Some(rng.uniform(0.0, 2.0, (tq, tk), cpu)?.to_dtype(DType::U8)?) } else { None };
        let input = Input {
            q: rng.normal(shape(tq, d), cpu)?,
            k: rng.normal(shape(tk, d), cpu)?,
            v: rng.normal(shape(tk, dv), cpu)?,
            mask,
            upstream: rng.normal(shape(tq, dv), cpu)?,
            tiles: tiles.to_vec(),
        };
        Ok(Case { name: name.to_owned(), input, golden: None })
    };
    let result: Result<Vec<Case<Input>>> = [
        // The smallest of all: it shows a mistake that needs no mask.
        case("two random tiles of one key", &[], (1, 4, 1), &[(0, 1), (1, 1)], false),
        case("two random tiles of three keys", &[], (2, 4, 4), &[(0, 3), (3, 3)], false),
        case("a wide head, three tiles", &[2], (3, 64, 64), &[(0, 4), (4, 4), (8, 2)], false),
        case("a random mask, tiles in no order", &[2, 2], (5, 16, 16), &[(6, 3), (0, 2), (2, 4)], true),
    ]
    .into_iter()
    .collect();
    result
}

fn misfit(q: (usize, usize), k: (usize, usize), v: (usize, usize)) -> Input {
    Input { q: zeros(q), k: zeros(k), v: zeros(v), mask: None, upstream: zeros(q), tiles: vec![(0, k.0)] }
}

fn new(queries: &[usize], width: usize) -> Result<Known> {
    let (one, wide) = ([queries, &[1]].concat(), [queries, &[width]].concat());
    let largest = Tensor::full(f32::NEG_INFINITY, one.as_slice(), &CPU)?;
    Ok((largest, Tensor::zeros(one, F32, &CPU)?, Tensor::zeros(wide, F32, &CPU)?))
}

/// A tile with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let add = |known: &Known, q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>| {
        flawed_add(has, known, q, k, v, mask)
    };
    let finish = |(_, total, sum): &Known| {
        if has("never divided") {
            return Ok(sum.clone());
        }
        if has("zeros after the division") {
            let context = sum.broadcast_div(total)?;
            let nowhere = total.eq(0.0)?.broadcast_as(context.shape())?;
            return nowhere.where_cond(&context.zeros_like()?, &context);
        }
        let total =
            if has("nothing over nothing") { total.clone() } else { (total + total.eq(0.0)?.to_dtype(F32)?)? };
        sum.broadcast_div(&total)
    };
    measure(&new, &add, &finish, input, values)
}

fn flawed_add(
    has: &dyn Fn(&str) -> bool,
    (old, total, sum): &Known,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Known> {
    let scores = q.matmul(&k.t()?)?;
    let scores = if has("no scale") { scores } else { (scores / (q.dim(D::Minus1)? as f64).sqrt())? };
    let mask = match mask {
        Some(mask) if !has("mask ignored") => {
            let mask = mask.broadcast_as(scores.shape())?;
            Some(if has("mask inverted") { mask.eq(0_u8)? } else { mask })
        }
        _ => None,
    };
    let fill = if has("large number for -inf") {
        -1e9
    } else if has("least number for -inf") {
        f64::from(f32::MIN)
    } else {
        f64::NEG_INFINITY
    };
    let scores = match &mask {
        Some(mask) if has("large number added") && !has("mask after exp") => {
            (scores + ((mask.to_dtype(F32)? - 1.0)? * 1e9)?)?
        }
        Some(mask) if !has("mask after exp") => mask.where_cond(&scores, &scores.zeros_like()?.affine(1.0, fill)?)?,
        _ => scores,
    };
    let of_tile = scores.max_keepdim(D::Minus1)?;
    let shift_of = |largest: &Tensor| {
        if has("row of -inf") {
            return Ok(largest.clone());
        }
        largest.eq(f64::NEG_INFINITY)?.where_cond(&largest.zeros_like()?, largest)
    };
    let own = shift_of(&of_tile.detach())?;
    let largest = if has("largest of this tile alone") { of_tile } else { old.maximum(&of_tile)? }.detach();
    let shift = shift_of(&largest)?;
    let shrink = if has("no shift") {
        old.ones_like()?
    } else if has("rescale inverted") {
        (&shift - old)?.exp()?
    } else {
        (old - &shift)?.exp()?
    };
    let exps = if has("no shift") {
        scores.exp()?
    } else {
        scores.broadcast_sub(if has("tile not rescaled") { &own } else { &shift })?.exp()?
    };
    let exps = match &mask {
        Some(mask) if has("mask after exp") => (exps * mask.to_dtype(F32)?)?,
        _ => exps,
    };
    let exps = if has("weights cut off") { exps.detach() } else { exps };
    let of_tile = exps.sum_keepdim(D::Minus1)?;
    let weights = if has("softmax within the tile") { exps.broadcast_div(&of_tile)? } else { exps };
    let (total, sum) =
        if has("earlier tiles cut off") { (total.detach(), sum.detach()) } else { (total.clone(), sum.clone()) };
    let total = if has("total not rescaled") { total } else { (total * &shrink)? };
    let sum = if has("sum not rescaled") { sum } else { sum.broadcast_mul(&shrink)? };
    let kept = if has("largest not kept") { old.clone() } else { largest };
    Ok((kept, (total + of_tile)?, (sum + weights.matmul(v)?)?))
}

/// Right, in an odd way: the whole past as one more key, whose score is the largest so far.
fn past_as_a_key(
    (old, total, sum): &Known,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Known> {
    fits(q, k, v)?;
    let scores = blocked_by_adding(&q.matmul(&k.t()?)?.affine(1.0 / (q.dim(D::Minus1)? as f64).sqrt(), 0.0)?, mask)?;
    let with_past = Tensor::cat(&[old, &scores], D::Minus1)?; // (.., Tq, 1 + Tk)
    let largest = with_past.max_keepdim(D::Minus1)?.detach();
    let exps = with_past.broadcast_sub(&largest.maximum(f64::from(f32::MIN))?)?.exp()?;
    let (past, now) = (exps.narrow(D::Minus1, 0, 1)?, exps.narrow(D::Minus1, 1, k.dim(D::Minus2)?)?.contiguous()?);
    Ok((largest, (total.mul(&past)? + now.sum_keepdim(D::Minus1)?)?, (sum.broadcast_mul(&past)? + now.matmul(v)?)?))
}

/// Right, in an odd way: the total is the sum of a value that is always 1. The largest score stays in the graph.
fn total_as_a_value(
    (old, total, sum): &Known,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Known> {
    fits(q, k, v)?;
    let q = (q / (q.dim(D::Minus1)? as f64).sqrt())?;
    let scores = blocked_by_adding(&q.matmul(&k.t()?)?, mask)?;
    let largest = old.maximum(&scores.max_keepdim(D::Minus1)?)?;
    let shift = largest.maximum(f64::from(f32::MIN))?;
    let ones = v.narrow(D::Minus1, 0, 1)?.ones_like()?;
    let both = Tensor::cat(&[sum, total], D::Minus1)?.broadcast_mul(&(old - &shift)?.exp()?)?;
    let both = (both + scores.broadcast_sub(&shift)?.exp()?.matmul(&Tensor::cat(&[v, &ones], D::Minus1)?)?)?;
    let width = v.dim(D::Minus1)?;
    Ok((largest, both.narrow(D::Minus1, width, 1)?, both.narrow(D::Minus1, 0, width)?))
}

fn blocked_by_adding(scores: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    // log 1 = 0 and log 0 = -inf
    mask.map_or(Ok(scores.clone()), |mask| scores.broadcast_add(&mask.to_dtype(F32)?.log()?))
}

fn divided((_, total, sum): &Known) -> Result<Tensor> {
    sum.broadcast_div(&total.maximum(0.5)?) // at least 1 where a key was seen
}

fn fits(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<()> {
    if q.dim(D::Minus1)? != k.dim(D::Minus1)? || k.dim(D::Minus2)? != v.dim(D::Minus2)? {
        candle_core::bail!("the tile does not fit");
    }
    Ok(())
}
