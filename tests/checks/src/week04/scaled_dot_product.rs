//! The check of `week04/scaled-dot-product`: weights, context and gradients against PyTorch's
//! `scaled_dot_product_attention` (`tests/reference/week04_scaled_dot_product.py`).

use candle_core::{D, DType, Device, Result, Tensor, Var};
use sol04_attention::scaled_dot_product as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// The functions under test.
pub struct Subject {
    /// `attention_weights(q, k, mask)`
    pub weights: fn(&Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>,
    /// `attention(q, k, v, mask)`
    pub attention: fn(&Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>,
}

/// Grades a crate's `scaled_dot_product`.
#[macro_export]
macro_rules! week04_scaled_dot_product {
    ($($subject:tt)+) => {
        $crate::week04::scaled_dot_product::check().grade(&$crate::week04::scaled_dot_product::Subject {
            weights: $($subject)+::scaled_dot_product::attention_weights,
            attention: $($subject)+::scaled_dot_product::attention,
        })
    };
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Option<Tensor>,
    /// The gradient that arrives at the context, as if more layers followed.
    upstream: Option<Tensor>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { weights: ours::attention_weights, attention: ours::attention };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.weights, &subject.attention, input, values)
    };
    Check::new("week04/scaled-dot-product", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("queries and keys of different head sizes", misfit((3, 4), (3, 5), (3, 4)))
        .refuses("fewer values than keys", misfit((3, 4), (3, 4), (2, 4)))
        .mistake(
            "no scale",
            "Your weights are sharper than they should be, and the more so the wider the head. What keeps the scores from growing with the head size?",
            "Divide the scores by the square root of the head size D before the softmax.",
        )
        .mistake(
            "scale by D",
            "Your weights are flatter than they should be, and the more so the wider the head. How fast does the spread of a sum of D products grow?",
            "The spread grows with the square root of D: divide the scores by that, not by D itself.",
        )
        .mistake(
            "scale by the number of keys",
            "Your scores change when more keys are added, even those of the keys that were there before. Which size is under the root?",
            "The root is of the head size, the last dimension of q and k, not of the number of keys.",
        )
        .mistake(
            "scale after the softmax",
            "Your rows are right in proportion but do not sum to 1. At which point does the division belong?",
            "Divide the scores by the root of D before the softmax, and nothing after it.",
        )
        .mistake(
            "softmax over the queries",
            "The columns of your weights sum to 1, not the rows. Who shares out its attention: a query or a key?",
            "Each query shares its attention over the keys: take the softmax over the last dimension.",
        )
        .mistake(
            "keys not transposed",
            "Your scores can only be computed where there are as many keys as dimensions, and even then they are wrong. Which two vectors does one score multiply?",
            "A score is the dot product of a query and a key, row with row: multiply q by k with its last two dimensions swapped.",
        )
        .mistake(
            "mask inverted",
            "Your queries look exactly where they may not. What does a 1 in the mask mean?",
            "1 means that the query may look: keep the score where the mask is 1, and block it where it is 0.",
        )
        .mistake(
            "mask ignored",
            "Your result is the same with and without the mask. Where should it take part?",
            "Replace the score by -inf wherever the mask is 0, before the softmax.",
        )
        .mistake(
            "mask after the softmax",
            "With a mask, your rows sum to less than 1. Where does the weight of the blocked keys go?",
            "Block the scores before the softmax, so that the other keys share the whole weight.",
        )
        .mistake(
            "blocked score of 0",
            "Your blocked keys still get weight. What is e to the power of 0?",
            "e^0 is 1, not 0: a blocked score becomes -inf, whose exponential is 0.",
        )
        .mistake(
            "mask not handed on",
            "Your weights heed the mask, and your context does not. What does `attention` hand on to `attention_weights`?",
            "Give the mask to `attention_weights` inside `attention`, not `None`.",
        )
        .mistake(
            "NaN replaced behind an added mask",
            "Your weights are right, but NaN flows back through a row that is all blocked. Where does the first NaN arise on the way forward?",
            "The NaN that you replace at the end still flows back through the addition: block with `where_cond` instead of adding -inf, or let no NaN arise.",
        )
        .mistake(
            "row of -inf",
            "A query that may look nowhere gives NaN. What is the softmax of a row of -inf?",
            "-inf minus -inf is NaN, and so is 0/0: for a row that is all blocked subtract 0, and divide by 1.",
        )
        .mistake(
            "large number for -inf",
            "A query that may look nowhere still gets an average of all values. What does the softmax make of equal scores?",
            "A large negative number leaves a row that is all blocked with equal scores, and so with equal weights: block with -inf, and give such a row zeros.",
        )
        .mistake(
            "no shift",
            "Your result is lost for large scores, whether positive or negative. Which of your intermediate values leaves the range of f32?",
            "e^89 is infinite in f32: subtract the largest score of each row before exp.",
        )
        .mistake(
            "no shift, NaN replaced by 0",
            "Where large scores, positive or negative, give NaN, you return 0. What should the weights of such a row sum to?",
            "A NaN from large scores cannot be repaired afterwards: subtract the largest score of each row before exp.",
        )
        .mistake(
            "shift over the blocked keys",
            "With a mask and large scores, whole rows of your weights vanish. Which keys should decide what you subtract before exp?",
            "The largest score of a row must be one that the query may look at: block first, then take the largest.",
        )
        .mistake(
            "context cut off",
            "Your context is right, and no gradient reaches the queries and the keys. What did you detach?",
            "Only the largest score may be detached. All else stays tensor operations: numbers that pass through `to_vec` leave the graph as well.",
        )
        .way("weights cut off")
        .right("one query at a time, in f64, with an additive mask", Subject {
            weights: one_query_at_a_time,
            attention: |q, k, v, mask| one_query_at_a_time(q, k, mask)?.matmul(v),
        })
        .right("NaN replaced by zeros", Subject {
            weights: nan_replaced,
            attention: |q, k, v, mask| nan_replaced(q, k, mask)?.matmul(v),
        })
}

type Weights<'a> = &'a dyn Fn(&Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>;
type Attention<'a> = &'a dyn Fn(&Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>;

/// Weights, context, and the gradients of the sum of `context * upstream`.
fn measure(weights: Weights<'_>, attention: Attention<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let mask = input.mask.as_ref();
    if input.upstream.is_some() {
        values.push("weights", weights(&input.q, &input.k, mask)?);
    }
    let (q, k, v) = (Var::from_tensor(&input.q)?, Var::from_tensor(&input.k)?, Var::from_tensor(&input.v)?);
    let context = attention(&q, &k, &v, mask)?;
    values.push("context", context.detach());
    let Some(upstream) = &input.upstream else { return Ok(()) };
    let gradients = context.broadcast_mul(upstream)?.sum_all()?.backward()?;
    for (name, var) in [("gradient of q", &q), ("gradient of k", &k), ("gradient of v", &v)] {
        values.push(name, arrived(&gradients, var)?);
    }
    Ok(())
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/scaled_dot_product.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let input = Input {
                q: part("q")?,
                k: part("k")?,
                v: part("v")?,
                mask: part("mask").ok(),
                upstream: Some(part("upstream")?),
            };
            let mut values = Values::default();
            values.push("weights", part("weights")?);
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
    let mut rng = Rng::seed(4);
    let cpu = &Device::Cpu;
    let mut case = |name: &str, leading: &[usize], (tq, tk, d): (usize, usize, usize), masked: bool| -> Result<_> {
        let shape = |t: usize, d: usize| [leading, &[t, d]].concat();
        let mask = masked.then(|| rng.uniform(0.0, 2.0, (tq, tk), cpu)?.to_dtype(DType::U8)).transpose()?;
        let input = Input {
            q: rng.normal(shape(tq, d), cpu)?,
            k: rng.normal(shape(tk, d), cpu)?,
            v: rng.normal(shape(tk, d), cpu)?,
            mask,
            upstream: Some(rng.normal(shape(tq, d), cpu)?),
        };
        Ok(Case { name: name.to_owned(), input, golden: None })
    };
    Ok(vec![
        case("two tokens", &[], (2, 2, 4), false)?,
        case("a wide head", &[2], (3, 6, 64), false)?,
        case("as many keys as dimensions", &[2, 2], (5, 8, 8), false)?,
        case("a random mask", &[2, 2], (6, 9, 16), true)?,
    ])
}

fn misfit(q: (usize, usize), k: (usize, usize), v: (usize, usize)) -> Input {
    Input { q: zeros(q), k: zeros(k), v: zeros(v), mask: None, upstream: None }
}

/// Attention with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let weights = |q: &Tensor, k: &Tensor, mask: Option<&Tensor>| flawed_weights(has, q, k, mask);
    let attention = |q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>| {
        let mask = if has("mask not handed on") { None } else { mask };
        let weights = flawed_weights(has, q, k, mask)?;
        let context = if has("weights cut off") { weights.detach().matmul(v)? } else { weights.matmul(v)? };
        Ok(if has("context cut off") { context.detach() } else { context })
    };
    measure(&weights, &attention, input, values)
}

fn flawed_weights(has: &dyn Fn(&str) -> bool, q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let (d, keys) = (q.dim(D::Minus1)? as f64, k.dim(D::Minus2)? as f64);
    let divisor = if has("no scale") {
        1.0
    } else if has("scale by D") {
        d
    } else if has("scale by the number of keys") {
        keys.sqrt()
    } else {
        d.sqrt()
    };
    let scores = q.matmul(&if has("keys not transposed") { k.clone() } else { k.t()? })?;
    let scores = if has("scale after the softmax") { scores } else { (scores / divisor)? };

    let one_where_kept = match mask {
        Some(mask) if !has("mask ignored") => {
            let mask = mask.broadcast_as(scores.shape())?;
            Some(if has("mask inverted") { mask.eq(0_u8)? } else { mask })
        }
        _ => None,
    };
    let fill = if has("blocked score of 0") {
        0.0
    } else if has("large number for -inf") {
        -1e9
    } else {
        f64::NEG_INFINITY
    };
    let added = has("NaN replaced behind an added mask") && !has("blocked score of 0");
    let all_scores = scores.clone();
    let scores = match &one_where_kept {
        Some(kept) if added && !has("mask after the softmax") => {
            let none = scores.zeros_like()?.detach();
            (&scores + kept.where_cond(&none, &none.affine(1.0, fill)?)?)?
        }
        Some(kept) if !has("mask after the softmax") => {
            kept.where_cond(&scores, &scores.zeros_like()?.affine(1.0, fill)?)?
        }
        _ => scores,
    };

    let over = if has("softmax over the queries") { D::Minus2 } else { D::Minus1 };
    let unguarded = has("row of -inf") || added || has("no shift, NaN replaced by 0");
    let decides = if has("shift over the blocked keys") { &all_scores } else { &scores };
    let largest = decides.max_keepdim(over)?.detach();
    let shift = if has("no shift") || has("no shift, NaN replaced by 0") {
        largest.zeros_like()?
    } else if unguarded {
        largest
    } else {
        largest.eq(f64::NEG_INFINITY)?.where_cond(&largest.zeros_like()?, &largest)?
    };
    let exps = scores.broadcast_sub(&shift)?.exp()?;
    let total = exps.sum_keepdim(over)?;
    let total = if unguarded { total } else { (&total + total.eq(0.0)?.to_dtype(total.dtype())?)? };
    let mut weights = exps.broadcast_div(&total)?;
    if added || has("no shift, NaN replaced by 0") {
        weights = weights.ne(&weights)?.where_cond(&weights.zeros_like()?, &weights)?;
    }

    if has("mask after the softmax")
        && let Some(kept) = &one_where_kept
    {
        weights = (weights * kept.to_dtype(scores.dtype())?)?;
    }
    if has("scale after the softmax") {
        weights = (weights / divisor)?;
    }
    Ok(weights)
}

/// Right, in an odd way: each query by itself, in f64, blocked keys by adding -inf.
fn one_query_at_a_time(q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    if q.rank() != k.rank() {
        candle_core::bail!("ranks differ");
    }
    let (q64, k64) = (q.to_dtype(DType::F64)?, k.to_dtype(DType::F64)?);
    let shape: Vec<usize> = [&q.dims()[..q.rank() - 1], &[k.dim(D::Minus2)?]].concat();
    let added = match mask {
        // log 1 = 0 and log 0 = -inf
        Some(mask) => mask.broadcast_as(shape)?.to_dtype(DType::F64)?.log()?,
        None => Tensor::zeros(shape, DType::F64, q.device())?,
    };
    let mut rows = vec![];
    for i in 0..q.dim(D::Minus2)? {
        let one = q64.narrow(D::Minus2, i, 1)?.contiguous()?;
        let scores =
            ((one.matmul(&k64.t()?)? / (q.dim(D::Minus1)? as f64).sqrt())? + added.narrow(D::Minus2, i, 1)?)?;
        let top = scores.max_keepdim(D::Minus1)?.detach().maximum(-1e300)?;
        let exps = scores.broadcast_sub(&top)?.exp()?;
        let total = exps.sum_keepdim(D::Minus1)?.maximum(1e-30)?;
        rows.push(exps.broadcast_div(&total)?);
    }
    Tensor::cat(&rows, D::Minus2)?.to_dtype(q.dtype())
}

/// Right as well, in candle: its `where_cond` passes no gradient to the side that was not taken, `NaN` or not.
fn nan_replaced(q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let weights = flawed_weights(&|name| name == "row of -inf", q, k, mask)?;
    weights.ne(&weights)?.where_cond(&weights.zeros_like()?, &weights)
}
