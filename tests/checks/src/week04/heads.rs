//! The check of `week04/heads`: cutting and merging, forward and backward, against PyTorch's `view` and `transpose`
//! (`tests/reference/week04_heads.py`).

use candle_core::{D, Device, Result, Tensor, Var};
use sol04_attention::heads as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// The functions under test.
pub struct Subject {
    /// `split_heads(x, heads)`
    pub split: fn(&Tensor, usize) -> Result<Tensor>,
    /// `merge_heads(x)`
    pub merge: fn(&Tensor) -> Result<Tensor>,
}

/// Grades a crate's `heads`.
#[macro_export]
macro_rules! week04_heads {
    ($($subject:tt)+) => {
        $crate::week04::heads::check().grade(&$crate::week04::heads::Subject {
            split: $($subject)+::heads::split_heads,
            merge: $($subject)+::heads::merge_heads,
        })
    };
}

/// One input: what is to be cut, and, of other numbers, what is to be merged.
#[derive(Debug, Clone)]
pub struct Input {
    /// (B, T, C)
    x: Tensor,
    heads: usize,
    /// (B, H, T, D): the gradient that arrives at the heads of `x`.
    upstream: Tensor,
    /// (B, H, T, D)
    parts: Tensor,
    /// (B, T, C): the gradient that arrives at the merged `parts`.
    upstream_merged: Tensor,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { split: ours::split_heads, merge: ours::merge_heads };
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| measure(&subject.split, &subject.merge, input, values);
    Check::new("week04/heads", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("heads that do not divide the width", misfit(&[1, 2, 8], 3, &[1, 2, 2, 4]))
        .refuses("no heads at all", misfit(&[1, 2, 8], 0, &[1, 2, 2, 4]))
        .refuses("a text without a batch", misfit(&[2, 8], 2, &[1, 2, 2, 4]))
        .refuses("heads of three dimensions", misfit(&[1, 2, 8], 2, &[2, 2, 4]))
        .mistake(
            "cut by reshape alone",
            "Your heads have the right shape, but the first head holds whole tokens from the start of the text. Which numbers of each token belong to the first head?",
            "A reshape keeps the order of the numbers: reshape to (B, T, H, D) first, where it changes nothing but the names, and then swap T and H.",
        )
        .mistake(
            "heads interleaved",
            "Your heads take turns: with two heads, the first gets the columns 0, 2, 4 and so on. Which columns of a token lie side by side in one head?",
            "Head h has the columns from h * D to (h + 1) * D: cut the last dimension as (H, D), not as (D, H).",
        )
        .mistake(
            "tokens before heads",
            "The heads of a token come out side by side, with the tokens in front of them. Which two dimensions does a matrix product multiply?",
            "Swap the tokens and the heads: (B, T, H, D) becomes (B, H, T, D), so that the last two dimensions are one head's tokens.",
        )
        .mistake(
            "count and size swapped",
            "Two heads of four come out as four heads of two. Which of the two numbers is given, and which do you compute?",
            "`heads` is H, the number of heads. The head size is what is left: D = C / H.",
        )
        .mistake(
            "not contiguous",
            "The numbers are right, but they still lie in memory in their old order. What will a matrix product over two texts say to that?",
            "A transpose changes the strides and copies nothing: call contiguous() on what it gives.",
        )
        .mistake(
            "merged by reshape alone",
            "Your merged tensor has the right shape, but its first row holds several tokens of the first head. What should stand in the row of one token?",
            "Swap heads and tokens back before the reshape: (B, H, T, D) becomes (B, T, H, D) and then (B, T, C).",
        )
        .mistake(
            "merged in turns",
            "In your merged rows the heads take turns: one number from each, and then the next. Does merging undo your cut?",
            "The results of a head stay side by side: bring the dimensions into the order (B, T, H, D) before the reshape, not (B, T, D, H).",
        )
        .mistake(
            "heads added up",
            "Your merged rows are as wide as one head. Where is what the other heads found?",
            "Put the results side by side, not on top of each other: the row of a token has H * D numbers.",
        )
        .right("head by head", Subject { split: head_by_head, merge: side_by_side })
        .right("number by number", Subject { split: gathered, merge: gathered_back })
}

type Split<'a> = &'a dyn Fn(&Tensor, usize) -> Result<Tensor>;
type Merge<'a> = &'a dyn Fn(&Tensor) -> Result<Tensor>;

/// The heads, whether they lie in order, the merged parts, and both gradients.
fn measure(split: Split<'_>, merge: Merge<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let x = Var::from_tensor(&input.x)?;
    let heads = split(&x, input.heads)?;
    values.push("split_heads", heads.detach());
    let in_order = f32::from(u8::from(heads.is_contiguous()));
    values.push("1 where contiguous", Tensor::new(&[in_order], x.device())?);
    values.push("gradient through split_heads", gradient(&x, &heads, &input.upstream)?);

    let parts = Var::from_tensor(&input.parts)?;
    let merged = merge(&parts)?;
    values.push("merge_heads", merged.detach());
    values.push("gradient through merge_heads", gradient(&parts, &merged, &input.upstream_merged)?);
    Ok(())
}

/// The gradient that arrives at `var` when `upstream` arrives at `result`; zeros where none does.
fn gradient(var: &Var, result: &Tensor, upstream: &Tensor) -> Result<Tensor> {
    if result.dims() != upstream.dims() {
        return var.zeros_like(); // the shape has been compared already
    }
    let gradients = (result * upstream)?.sum_all()?.backward()?;
    arrived(&gradients, var)
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/heads.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let input = Input {
                x: part("x")?,
                heads: part("count")?.get(0)?.to_scalar::<u32>()? as usize,
                upstream: part("upstream")?,
                parts: part("parts")?,
                upstream_merged: part("upstream_merged")?,
            };
            let mut values = Values::default();
            values.push("split_heads", part("heads")?);
            values.push("1 where contiguous", Tensor::new(&[1.0_f32], &Device::Cpu)?);
            values.push("gradient through split_heads", part("grad_x")?);
            values.push("merge_heads", part("merged")?);
            values.push("gradient through merge_heads", part("grad_parts")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(4);
    let cpu = &Device::Cpu;
    let mut case = |name: &str, (b, h, t, d): (usize, usize, usize, usize)| -> Result<_> {
        let input = Input {
            x: rng.normal((b, t, h * d), cpu)?,
            heads: h,
            upstream: rng.normal((b, h, t, d), cpu)?,
            parts: rng.normal((b, h, t, d), cpu)?,
            upstream_merged: rng.normal((b, t, h * d), cpu)?,
        };
        Ok(Case { name: name.to_owned(), input, golden: None })
    };
    Ok(vec![case("8 heads of 16", (2, 8, 7, 16))?, case("2 heads of 3", (3, 2, 4, 3))?])
}

fn misfit(x: &[usize], heads: usize, parts: &[usize]) -> Input {
    let (x, parts): (Tensor, Tensor) = (zeros(x), zeros(parts));
    Input { upstream: parts.clone(), upstream_merged: x.clone(), x, heads, parts }
}

/// Cutting and merging with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let split = |x: &Tensor, heads: usize| flawed_split(has, x, heads);
    let merge = |x: &Tensor| flawed_merge(has, x);
    measure(&split, &merge, input, values)
}

fn flawed_split(has: &dyn Fn(&str) -> bool, x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, t, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) {
        candle_core::bail!("heads");
    }
    let (h, d) = if has("count and size swapped") { (c / heads, heads) } else { (heads, c / heads) };
    let cut = if has("cut by reshape alone") {
        x.reshape((b, h, t, d))?
    } else if has("heads interleaved") {
        x.reshape((b, t, d, h))?.permute((0, 3, 1, 2))?
    } else {
        x.reshape((b, t, h, d))?.transpose(1, 2)?
    };
    let cut = if has("tokens before heads") { cut.transpose(1, 2)? } else { cut };
    if has("not contiguous") { Ok(cut) } else { cut.contiguous() }
}

fn flawed_merge(has: &dyn Fn(&str) -> bool, x: &Tensor) -> Result<Tensor> {
    let (b, h, t, d) = x.dims4()?;
    if has("heads added up") {
        return x.sum(1);
    }
    if has("merged by reshape alone") {
        x.reshape((b, t, h * d))
    } else if has("merged in turns") {
        x.permute((0, 2, 3, 1))?.reshape((b, t, h * d))
    } else {
        x.transpose(1, 2)?.reshape((b, t, h * d))
    }
}

/// Right, in an odd way: a slice of the width for each head, and the slices stacked.
fn head_by_head(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (_, _, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) {
        candle_core::bail!("heads");
    }
    let d = c / heads;
    let slices = (0..heads).map(|h| x.narrow(D::Minus1, h * d, d)).collect::<Result<Vec<_>>>()?;
    Tensor::stack(&slices, 1)?.contiguous()
}

fn side_by_side(x: &Tensor) -> Result<Tensor> {
    let (_, heads, _, _) = x.dims4()?;
    let slices = (0..heads).map(|h| x.narrow(1, h, 1)?.squeeze(1)).collect::<Result<Vec<_>>>()?;
    Tensor::cat(&slices, D::Minus1)
}

/// Right as well: where each number of the result comes from, and all of them fetched.
fn gathered(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, t, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) {
        candle_core::bail!("heads");
    }
    let d = c / heads;
    let from = |i: usize| (i / (t * c)) * t * c + (i / d % t) * c + (i / (t * d) % heads) * d + i % d;
    let from: Vec<u32> = (0..b * t * c).map(|i| from(i) as u32).collect();
    x.flatten_all()?.index_select(&Tensor::from_vec(from, b * t * c, x.device())?, 0)?.reshape((b, heads, t, d))
}

fn gathered_back(x: &Tensor) -> Result<Tensor> {
    let (b, h, t, d) = x.dims4()?;
    let c = h * d;
    let from = |i: usize| (i / (t * c)) * t * c + (i % c / d) * t * d + (i / c % t) * d + i % d;
    let from: Vec<u32> = (0..b * t * c).map(|i| from(i) as u32).collect();
    x.flatten_all()?.index_select(&Tensor::from_vec(from, b * t * c, x.device())?, 0)?.reshape((b, t, c))
}
