//! The check of `week04/grouped-query`: shared heads, contexts and gradients against PyTorch's
//! `scaled_dot_product_attention` with `enable_gqa` and transformers' `repeat_kv` (`tests/reference/week04_grouped_query.py`).

use candle_core::{D, DType, Device, Result, Tensor, Var};
use sol04_attention::grouped_query as ours;
use sol04_attention::scaled_dot_product::attention;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// The functions under test.
pub struct Subject {
    /// `share_heads(x, heads)`
    pub share: fn(&Tensor, usize) -> Result<Tensor>,
    /// `grouped_query_attention(q, k, v, mask)`
    pub attention: fn(&Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>,
}

/// Grades a crate's `grouped_query`.
#[macro_export]
macro_rules! week04_grouped_query {
    ($($subject:tt)+) => {
        $crate::week04::grouped_query::check().grade(&$crate::week04::grouped_query::Subject {
            share: $($subject)+::grouped_query::share_heads,
            attention: $($subject)+::grouped_query::grouped_query_attention,
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
    upstream: Tensor,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { share: ours::share_heads, attention: ours::grouped_query_attention };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.share, &subject.attention, input, values)
    };
    Check::new("week04/grouped-query", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("6 query heads and 4 key heads", misfit(6, 4, 4))
        .refuses("2 key heads and 3 value heads", misfit(6, 2, 3))
        .mistake(
            "heads laid out as tiles",
            "With one head for all, and with a head for each, your result is right; in between it is not. In which order do your repeated heads stand?",
            "The heads of a group stand side by side: 0, 0, 1, 1 and not 0, 1, 0, 1. Put the new dimension behind the heads, not before them.",
        )
        .mistake(
            "repeated along the tokens",
            "Your shared heads have the right shape, but a head mixes the tokens of several heads. Which dimension is repeated?",
            "Repeat whole heads: put the new dimension directly behind the heads, before the tokens.",
        )
        .mistake(
            "group size and number of heads swapped",
            "Your query heads read the right keys only where there are as many groups as heads in a group. By which number do you divide?",
            "Query head h reads key head h divided by the size of a group, H / Hk, not by the number of key heads.",
        )
        .mistake(
            "values of the first head",
            "Your heads share out their weights rightly, but all of them average the same values. Which values belong to a group?",
            "Values are shared as keys are: each group has its own head of values.",
        )
        .mistake(
            "values from the keys",
            "Your contexts do not change when the values do. Of what do you take the average?",
            "The weights come from q and k; the average is that of the values, so share the heads of v as well, not those of k twice.",
        )
        .mistake(
            "values laid out as tiles",
            "Your heads share out their weights rightly, but some average the values of another group. Are the heads of v repeated in the order of those of k?",
            "Repeat the heads of v as those of k: both with share_heads.",
        )
        .mistake("queries grouped in the order of tiles", GROUPED[0], GROUPED[1])
        .mistake("queries grouped in the order of tiles, and left so", GROUPED[0], GROUPED[1])
        .mistake(
            "keys of the first head",
            "All your query heads look at the same keys, whatever their group. Which keys belong to a group?",
            "Each group has its own head of keys: share the heads of the keys in the same way as those of the values.",
        )
        .mistake(
            "one query for a group",
            "All query heads of a group give the same context. What is it that a group shares, and what not?",
            "A group shares its keys and its values. Every query head keeps its own query: do not average them.",
        )
        .mistake(
            "mask ignored",
            "Your result is the same with and without the mask. Where should it take part?",
            "Hand the mask on to attention: all heads use the same.",
        )
        .right("a loop over the query heads", Subject { share: share_by_loop, attention: attention_by_loop })
        .right("groups of queries as one longer text", Subject { share: share_by_index, attention: attention_by_folding })
}

/// Two mistakes that call for the same sentence: what is said first, and on repetition.
const GROUPED: [&str; 2] = [
    "Your shared heads are right, but in attention some query heads read another group. Which query heads make up a group when you take them apart?",
    "The query heads of a group stand side by side: take H apart to (Hk, H / Hk), not to (H / Hk, Hk).",
];

type Share<'a> = &'a dyn Fn(&Tensor, usize) -> Result<Tensor>;
type Attention<'a> = &'a dyn Fn(&Tensor, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>;

/// The shared keys, the context, and the gradients of the sum of `context * upstream`.
fn measure(share: Share<'_>, attention: Attention<'_>, input: &Input, values: &mut Values) -> Result<()> {
    values.push("shared keys", share(&input.k, input.q.dim(1)?)?);
    let (q, k, v) = (Var::from_tensor(&input.q)?, Var::from_tensor(&input.k)?, Var::from_tensor(&input.v)?);
    let context = attention(&q, &k, &v, input.mask.as_ref())?;
    values.push("context", context.detach());
    let gradients = context.broadcast_mul(&input.upstream)?.sum_all()?.backward()?;
    for (name, var) in [("gradient of q", &q), ("gradient of k", &k), ("gradient of v", &v)] {
        values.push(name, arrived(&gradients, var)?);
    }
    Ok(())
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/grouped_query.safetensors")?;
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
                upstream: part("upstream")?,
            };
            let mut values = Values::default();
            values.push("shared keys", part("shared")?);
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
    let mut rng = Rng::seed(6);
    let cpu = &Device::Cpu;
    let mut case = |name: &str,
                    b: usize,
                    (heads, kv_heads): (usize, usize),
                    (tq, tk, d): (usize, usize, usize)|
     -> Result<Case<Input>> {
        let mut mask = rng.uniform(0.0, 2.0, (tq, tk), cpu)?.to_dtype(DType::U8)?.to_vec2::<u8>()?;
        mask[0].fill(0); // the first query may look nowhere
        let input = Input {
            q: rng.normal((b, heads, tq, d), cpu)?,
            k: rng.normal((b, kv_heads, tk, d), cpu)?,
            v: rng.normal((b, kv_heads, tk, d), cpu)?,
            mask: Some(Tensor::new(mask, cpu)?),
            upstream: rng.normal((b, heads, tq, d), cpu)?,
        };
        Ok(Case { name: name.to_owned(), input, golden: None })
    };
    Ok(vec![
        case("12 heads share 3, a random mask", 1, (12, 3), (3, 5, 4))?,
        case("12 heads share 4, a random mask", 2, (12, 4), (4, 6, 8))?,
        case("8 heads share 2, a random mask", 1, (8, 2), (3, 3, 4))?,
    ])
}

fn misfit(heads: usize, key_heads: usize, value_heads: usize) -> Input {
    let of = |heads: usize| zeros((1, heads, 2, 4));
    Input { q: of(heads), k: of(key_heads), v: of(value_heads), mask: None, upstream: of(heads) }
}

/// Grouped-query attention with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let share = |x: &Tensor, heads: usize| flawed_share(has, x, heads);
    let attention = |q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>| {
        let heads = q.dim(1)?;
        if k.dim(1)? != v.dim(1)? {
            candle_core::bail!("as in the file that the learner gets");
        }
        let first = |x: &Tensor| x.narrow(1, 0, 1)?.broadcast_as(x.shape())?.contiguous();
        let k = if has("keys of the first head") { first(k)? } else { k.clone() };
        let v = if has("values from the keys") { &k } else { v };
        let v = if has("values of the first head") { first(v)? } else { v.clone() };
        let (b, _, tq, d) = q.dims4()?;
        let q = if has("one query for a group") {
            let kv_heads = k.dim(1)?;
            let group = q.reshape((b, kv_heads, heads / kv_heads, tq, d))?;
            group.mean_keepdim(2)?.broadcast_as(group.shape())?.reshape(q.shape())?
        } else {
            q.clone()
        };
        let q = if has("queries grouped in the order of tiles, and left so") {
            let kv_heads = k.dim(1)?;
            q.reshape((b, heads / kv_heads, kv_heads, tq, d))?.transpose(1, 2)?.reshape(q.shape())?
        } else {
            q
        };
        let mask = if has("mask ignored") { None } else { mask };
        let shared = |x: &Tensor, as_tiles: bool| {
            if as_tiles { x.repeat((1, heads / x.dim(1)?, 1, 1)) } else { flawed_share(has, x, heads) }
        };
        let all_as_tiles = has("queries grouped in the order of tiles");
        attention(&q, &shared(&k, all_as_tiles)?, &shared(&v, all_as_tiles || has("values laid out as tiles"))?, mask)
    };
    measure(&share, &attention, input, values)
}

fn flawed_share(has: &dyn Fn(&str) -> bool, x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, kv_heads, t, d) = x.dims4()?;
    if !heads.is_multiple_of(kv_heads) {
        candle_core::bail!("as in the file that the learner gets");
    }
    let group = heads / kv_heads;
    if has("group size and number of heads swapped") {
        let read: Vec<u32> = (0..heads).map(|h| (h / kv_heads) as u32).collect();
        // `index_select` refuses a head that is not there.
        return x.index_select(&Tensor::new(read, x.device())?, 1);
    }
    if has("heads laid out as tiles") {
        x.unsqueeze(1)?.broadcast_as((b, group, kv_heads, t, d))?.reshape((b, heads, t, d))
    } else if has("repeated along the tokens") {
        x.unsqueeze(3)?.broadcast_as((b, kv_heads, t, group, d))?.reshape((b, heads, t, d))
    } else {
        x.unsqueeze(2)?.broadcast_as((b, kv_heads, group, t, d))?.reshape((b, heads, t, d))
    }
}

/// Right, in an odd way: head by head.
fn share_by_loop(x: &Tensor, heads: usize) -> Result<Tensor> {
    let kv_heads = x.dim(1)?;
    if !heads.is_multiple_of(kv_heads) {
        candle_core::bail!("{kv_heads} do not divide {heads}");
    }
    let copies: Vec<Tensor> = (0..heads).map(|h| x.narrow(1, h * kv_heads / heads, 1)).collect::<Result<_>>()?;
    Tensor::cat(&copies, 1)
}

fn attention_by_loop(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let (heads, kv_heads) = (q.dim(1)?, k.dim(1)?);
    if !heads.is_multiple_of(kv_heads) || kv_heads != v.dim(1)? {
        candle_core::bail!("{kv_heads} do not divide {heads}");
    }
    let one = |x: &Tensor, h: usize| x.narrow(1, h, 1)?.contiguous();
    let contexts: Vec<Tensor> = (0..heads)
        .map(|h| {
            let shared = h / (heads / kv_heads);
            attention(&one(q, h)?, &one(k, shared)?, &one(v, shared)?, mask)
        })
        .collect::<Result<_>>()?;
    Tensor::cat(&contexts, 1)
}

/// Right as well: by the number of the head that each reads.
fn share_by_index(x: &Tensor, heads: usize) -> Result<Tensor> {
    let kv_heads = x.dim(1)?;
    if !heads.is_multiple_of(kv_heads) {
        candle_core::bail!("{kv_heads} do not divide {heads}");
    }
    let read: Vec<u32> = (0..heads).map(|h| (h / (heads / kv_heads)) as u32).collect();
    x.index_select(&Tensor::new(read, x.device())?, 1)
}

/// And without repeating anything: the queries of a group one after the other, as if they were one longer text.
fn attention_by_folding(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let (b, heads, tq, d) = q.dims4()?;
    let (kv_heads, tk) = (k.dim(1)?, k.dim(2)?);
    if !heads.is_multiple_of(kv_heads) {
        candle_core::bail!("{kv_heads} do not divide {heads}");
    }
    let group = heads / kv_heads;
    if v.dim(1)? != kv_heads {
        candle_core::bail!("{kv_heads} heads of keys alone");
    }
    let folded = q.reshape((b, kv_heads, group * tq, d))?;
    let mask = mask.map(|mask| mask.broadcast_as((group, tq, tk))?.reshape((group * tq, tk))).transpose()?;
    attention(&folded, k, v, mask.as_ref())?.reshape((b, heads, tq, v.dim(D::Minus1)?))
}
