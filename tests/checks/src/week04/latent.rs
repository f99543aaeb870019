//! The check of `week04/latent`: both forms of latent attention and their gradients against the inside of transformers'
//! `DeepseekV2Attention` and `DeepseekV3Attention` (`tests/reference/week04_latent.py`).

use candle_core::{D, DType, Device, Result, Tensor, Var};
use sol04_attention::latent::{self as ours, LatentInput};
use sol04_attention::scaled_dot_product::attention;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

type Form = fn(&LatentInput<'_>, Option<&Tensor>) -> Result<Tensor>;

/// The functions under test.
pub struct Subject {
    /// `expanded(input, mask)`
    pub expanded: Form,
    /// `absorbed(input, mask)`
    pub absorbed: Form,
}

/// Grades a crate's `latent`. Its `LatentInput` is a type of its own, and is made from ours.
#[macro_export]
macro_rules! week04_latent {
    ($($subject:tt)+) => {
        $crate::week04::latent::check().grade(&$crate::week04::latent::Subject {
            expanded: |x, mask| {
                $($subject)+::latent::expanded(
                    &$($subject)+::latent::LatentInput {
                        q: x.q,
                        q_rotary: x.q_rotary,
                        latent: x.latent,
                        k_rotary: x.k_rotary,
                        up_key: x.up_key,
                        up_value: x.up_value,
                    },
                    mask,
                )
            },
            absorbed: |x, mask| {
                $($subject)+::latent::absorbed(
                    &$($subject)+::latent::LatentInput {
                        q: x.q,
                        q_rotary: x.q_rotary,
                        latent: x.latent,
                        k_rotary: x.k_rotary,
                        up_key: x.up_key,
                        up_value: x.up_value,
                    },
                    mask,
                )
            },
        })
    };
}

/// One input, for one of the two functions: a mistake may stand in only one of them.
#[derive(Debug, Clone)]
pub struct Input {
    absorbed: bool,
    /// `q`, `q_rotary`, `latent`, `k_rotary`, `up_key`, `up_value`
    tensors: [Tensor; 6],
    mask: Option<Tensor>,
    /// The gradient that arrives at the context, as if more layers followed. Without one, no gradient is compared.
    upstream: Option<Tensor>,
}

/// The values that are compared: the context and six gradients.
const EXPANDED: [&str; 7] = [
    "expanded",
    "expanded: gradient of q",
    "expanded: gradient of q_rotary",
    "expanded: gradient of latent",
    "expanded: gradient of k_rotary",
    "expanded: gradient of up_key",
    "expanded: gradient of up_value",
];
const ABSORBED: [&str; 7] = [
    "absorbed",
    "absorbed: gradient of q",
    "absorbed: gradient of q_rotary",
    "absorbed: gradient of latent",
    "absorbed: gradient of k_rotary",
    "absorbed: gradient of up_key",
    "absorbed: gradient of up_value",
];

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { expanded: ours::expanded, absorbed: ours::absorbed };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.expanded, &subject.absorbed, input, values)
    };
    Check::new("week04/latent", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .cases(too_large())
        .refuses("keys of 3 tokens and rotary keys of 4", misfit(false, 4, 5))
        .refuses("keys of 3 tokens and rotary keys of 4, absorbed", misfit(true, 4, 5))
        .refuses("a latent of 5 numbers and matrices for 6", misfit(false, 3, 6))
        .refuses("a latent of 5 numbers and matrices for 6, absorbed", misfit(true, 3, 6))
        .mistake(
            "scale by the root of D alone",
            "Your weights are sharper than they should be, and the more so the larger the rotary part. How many products does one score add up?",
            "A score adds up D products of the one part and Dr of the other: divide by the root of D + Dr.",
        )
        .mistake(
            "a root for each part",
            "The two parts of your scores are balanced in another way than they should be. Is the score one dot product, or two?",
            "The score is one dot product of joined vectors: divide the sum by the root of D + Dr, not each part by its own root.",
        )
        .mistake(
            "scale of the joined latents",
            "Your expanded form is right, and the weights of your absorbed form are too flat. Whose scores does it have to give?",
            "The absorbed scores are those of the expanded form, so their root is still that of D + Dr, not that of L + Dr.",
        )
        .mistake("factor upside down", FACTOR[0], FACTOR[1])
        .mistake("factor of the widths without the rotary part", FACTOR[0], FACTOR[1])
        .mistake("factor without the root", FACTOR[0], FACTOR[1])
        .mistake("factor on the moved part alone", FACTOR[0], FACTOR[1])
        .mistake(
            "rotary part forgotten",
            "Your result is the same wherever the tokens stand. Which part of queries and keys knows their positions?",
            "Join q_rotary to q, and k_rotary to the keys, before the scores.",
        )
        .mistake(
            "parts joined in another order",
            "Your scores multiply numbers that do not belong together. Which part of a query meets which part of a key?",
            "Join the two parts of the queries in the same order as those of the keys.",
        )
        .mistake(
            "matrices not transposed",
            "Your matrices fit the latents only where D, Dv and L are the same, and even then the result is wrong. Which dimension of up_key belongs to the latent?",
            "up_key is (H, D, L): its last dimension meets the latent. From a latent to a key, multiply by its transpose; from a query to the latent space, by itself.",
        )
        .mistake(
            "values from the matrix of the keys",
            "Your weights are right, and your contexts are not. From which matrix do the values come?",
            "Keys are made with up_key, values with up_value.",
        )
        .mistake(
            "a head's keys mix tokens",
            "Your expanded form is right for one token, and for one head; else a head's keys mix tokens. In which order do tokens and heads stand in your product?",
            "One product for all heads gives (B, Tk, H * D): take it apart to (B, Tk, H, D) and then swap tokens and heads, or multiply by each head's matrix.",
        )
        .mistake(
            "a head's values mix tokens",
            "Your expanded form is right for one token, and for one head; else a head's values mix tokens. In which order do tokens and heads stand in your product?",
            "One product for all heads gives (B, Tk, H * Dv): take it apart to (B, Tk, H, Dv) and then swap tokens and heads, or multiply by each head's matrix.",
        )
        .mistake(
            "keys and values made again",
            "Your `absorbed` gives NaN where a key or a value would be too large for `f32`. Which of your steps makes one?",
            "`absorbed` is not `expanded` once more: multiply the queries by up_key, attend over the latents, and multiply what comes out by the transpose of up_value.",
        )
        .mistake(
            "values made again",
            "Your `absorbed` gives NaN where a value would be too large for `f32`, that of a token at which nobody may look. Which of your steps makes it?",
            "Average the latents first, and multiply the averages by the transpose of up_value: then no value is made.",
        )
        .mistake(
            "heads and queries mixed up",
            "Your absorbed form is right for one query, and for one head. In which order do heads and queries stand when you take them apart again?",
            "If you put heads and queries into one dimension, take them apart in the same order: (B, H * Tq, ..) becomes (B, H, Tq, ..).",
        )
        .mistake("two softmaxes", TWO_SOFTMAXES[0], TWO_SOFTMAXES[1])
        .mistake("two softmaxes, each with its own root", TWO_SOFTMAXES[0], TWO_SOFTMAXES[1])
        .mistake(
            "mask ignored",
            "Your result is the same with and without the mask. Where should it take part?",
            "Hand the mask on to attention, in both forms.",
        )
        .mistake(
            "mask ignored by absorbed",
            "Your `absorbed` gives the same with and without the mask. Where should it take part?",
            "Hand the mask on to attention.",
        )
        .mistake("row of -inf", ROW_OF_INF[0], ROW_OF_INF[1])
        .mistake("row of -inf in absorbed", ROW_OF_INF[0], ROW_OF_INF[1])
        .right("head by head, in f64", Subject { expanded: head_by_head, absorbed: head_by_head_absorbed })
        .right("the latents copied for every head", Subject { expanded: ours::absorbed, absorbed: absorbed_by_copies })
}

/// Several mistakes that call for the same sentence: what is said first, and on repetition.
const FACTOR: [&str; 2] = [
    "Your absorbed scores are off by a factor. By which root were they divided, and does your factor reach both parts of the query?",
    "Multiply the joined queries, both parts of them, by the root of (L + Dr) / (D + Dr): it takes back the root of L + Dr and leaves that of D + Dr.",
];
const TWO_SOFTMAXES: [&str; 2] = [
    "Your weights come from two softmaxes. In which case does a key get a large weight: when one part fits, or when the whole fits?",
    "Add the scores of both parts first, then take one softmax.",
];
const ROW_OF_INF: [&str; 2] = [
    "A query that may look nowhere gives NaN. What is the softmax of a row of -inf?",
    "-inf minus -inf is NaN, and so is 0/0: for a row that is all blocked subtract 0, and divide by 1.",
];

type AnyForm<'a> = &'a dyn Fn(&LatentInput<'_>, Option<&Tensor>) -> Result<Tensor>;

/// The context, and the gradients of the sum of `context * upstream`.
fn measure(expanded: AnyForm<'_>, absorbed: AnyForm<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let (form, names) = if input.absorbed { (absorbed, ABSORBED) } else { (expanded, EXPANDED) };
    let mut vars: Vec<Var> = vec![];
    for tensor in &input.tensors {
        vars.push(Var::from_tensor(tensor)?);
    }
    let [q, q_rotary, latent, k_rotary, up_key, up_value] = &vars[..] else { candle_core::bail!("six tensors") };
    let joined = LatentInput { q, q_rotary, latent, k_rotary, up_key, up_value };
    let context = form(&joined, input.mask.as_ref())?;
    values.push(names[0], context.detach());
    let Some(upstream) = &input.upstream else { return Ok(()) };
    let gradients = context.broadcast_mul(upstream)?.sum_all()?.backward()?;
    for (name, var) in names[1..].iter().zip(&vars) {
        values.push(name, arrived(&gradients, var)?);
    }
    Ok(())
}

/// What happens inside transformers' modules.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/latent.safetensors")?;
    let mut cases = vec![];
    for name in golden.names() {
        let part = |part: &str| golden.get(&name, part);
        let tensors =
            [part("q")?, part("q_rotary")?, part("latent")?, part("k_rotary")?, part("up_key")?, part("up_value")?];
        let parts =
            ["context", "grad_q", "grad_q_rotary", "grad_latent", "grad_k_rotary", "grad_up_key", "grad_up_value"];
        for (absorbed, names) in [(false, EXPANDED), (true, ABSORBED)] {
            let mut values = Values::default();
            for (name, golden) in names.into_iter().zip(parts) {
                values.push(name, part(golden)?);
            }
            let (mask, upstream) = (part("mask").ok(), Some(part("upstream")?));
            let input = Input { absorbed, tensors: tensors.clone(), mask, upstream };
            cases.push(Case { name: name.clone(), input, golden: Some(values) });
        }
    }
    Ok(cases)
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(7);
    let cpu = &Device::Cpu;
    let mut case =
        |name: &str, (b, h): (usize, usize), (tq, tk): (usize, usize), sizes: [usize; 4]| -> Result<[Case<Input>; 2]> {
            let [d, dr, dv, l] = sizes;
            let mut mask = rng.uniform(0.0, 2.0, (tq, tk), cpu)?.to_dtype(DType::U8)?.to_vec2::<u8>()?;
            mask[0].fill(0); // the first query may look nowhere
            let small = (1.0 / l as f64).sqrt();
            let tensors = [
                rng.normal((b, h, tq, d), cpu)?,
                rng.normal((b, h, tq, dr), cpu)?,
                rng.normal((b, tk, l), cpu)?,
                rng.normal((b, tk, dr), cpu)?,
                (rng.normal((h, d, l), cpu)? * small)?,
                (rng.normal((h, dv, l), cpu)? * small)?,
            ];
            let upstream = rng.normal((b, h, tq, dv), cpu)?;
            let mask = Tensor::new(mask, cpu)?;
            Ok([false, true].map(|absorbed| Case {
                name: name.to_owned(),
                input: Input {
                    absorbed,
                    tensors: tensors.clone(),
                    mask: Some(mask.clone()),
                    upstream: Some(upstream.clone()),
                },
                golden: None,
            }))
        };
    let cases = [
        case("a random mask", (2, 3), (4, 6), [8, 4, 6, 10])?,
        case("a random mask, keys as wide as values", (1, 4), (5, 5), [8, 2, 8, 16])?,
    ];
    Ok(cases.into_iter().flatten().collect())
}

/// Cases in which the context is moderate, and a key or a value, if one is made, is not: only for the absorbed form.
fn too_large() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(8);
    let cpu = &Device::Cpu;
    let mut case = |name: &str, of_keys: bool, (b, h): (usize, usize), (tq, tk): (usize, usize), sizes: [usize; 4]| {
        let [d, dr, dv, l] = sizes;
        let small = (1.0 / l as f64).sqrt();
        // The first number of every key is about 1e40. No query asks for it: each has a zero there.
        let (mut asked, mut of_key, mut of_token) = (vec![1_f32; d], vec![1_f32; d], vec![1e-10_f32; tk]);
        let (mut of_value, mut mask) = (1e10, vec![1_u8; tk]);
        if of_keys {
            of_key.fill(1e-10);
            of_token.fill(1e10);
            (asked[0], of_key[0], of_value) = (0.0, 1e30, 1e-10);
        } else {
            // The value of the last token is about 1e40. No query may look at it.
            (of_token[tk - 1], mask[tk - 1]) = (1e30, 0);
        }
        let tensors = [
            rng.normal((b, h, tq, d), cpu)?.broadcast_mul(&Tensor::new(asked, cpu)?)?,
            rng.normal((b, h, tq, dr), cpu)?,
            rng.normal((b, tk, l), cpu)?.broadcast_mul(&Tensor::new(of_token, cpu)?.unsqueeze(1)?)?,
            rng.normal((b, tk, dr), cpu)?,
            (rng.normal((h, d, l), cpu)? * small)?.broadcast_mul(&Tensor::new(of_key, cpu)?.unsqueeze(1)?)?,
            ((rng.normal((h, dv, l), cpu)? * small)? * of_value)?,
        ];
        let mask = Some(Tensor::new(mask, cpu)?.broadcast_as((tq, tk))?.contiguous()?);
        let input = Input { absorbed: true, tensors, mask, upstream: None };
        Ok(Case { name: name.to_owned(), input, golden: None })
    };
    // Larger than the other cases, so that these are shown only where the others are right.
    [
        case("keys too large for f32", true, (2, 4), (6, 7), [8, 4, 6, 10]),
        case("more keys too large for f32", true, (2, 5), (6, 6), [8, 2, 8, 16]),
        case("a value too large for f32 that nobody looks at", false, (2, 4), (6, 7), [8, 4, 6, 10]),
        case("more values too large for f32 that nobody looks at", false, (2, 5), (6, 6), [8, 2, 8, 16]),
    ]
    .into_iter()
    .collect()
}

fn misfit(absorbed: bool, rotary_tokens: usize, latent: usize) -> Input {
    let tensors = [
        zeros(&[1, 2, 3, 4]),
        zeros(&[1, 2, 3, 2]),
        zeros(&[1, 3, 5]),
        zeros(&[1, rotary_tokens, 2]),
        zeros(&[2, 4, latent]),
        zeros(&[2, 4, latent]),
    ];
    Input { absorbed, tensors, mask: None, upstream: Some(zeros(&[1, 2, 3, 4])) }
}

/// Both forms with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let expanded = |x: &LatentInput<'_>, mask: Option<&Tensor>| {
        let latent = x.latent.unsqueeze(1)?;
        let made = |up: &Tensor, mixed: bool| {
            let up = turned(has, up)?; // (H, L, D or Dv)
            if !mixed {
                return latent.broadcast_matmul(&up); // (B, H, Tk, ..)
            }
            let (b, _, tk, _) = latent.dims4()?;
            let (h, l, size) = up.dims3()?;
            let flat = up.transpose(0, 1)?.reshape((l, h * size))?;
            x.latent.broadcast_matmul(&flat)?.reshape((b, h, tk, size))
        };
        let k = made(x.up_key, has("a head's keys mix tokens"))?;
        let v = made(value_matrix(has, x), has("a head's values mix tokens"))?;
        let k_rotary = one_for_all_heads(x.k_rotary, x.q.dim(1)?)?;
        weights(has, x, mask, (x.q, &k), &k_rotary, false)?.matmul(&v)
    };
    let absorbed = |x: &LatentInput<'_>, mask: Option<&Tensor>| {
        if has("keys and values made again") {
            return expanded(x, mask);
        }
        let (b, h, tq, _) = x.q.dims4()?;
        let into = if has("matrices not transposed") { x.up_key.t()?.contiguous()? } else { x.up_key.clone() };
        let q = x.q.contiguous()?.broadcast_matmul(&into)?; // (B, H, Tq, L)
        let latent = one_for_all_heads(x.latent, h)?;
        let k_rotary = one_for_all_heads(x.k_rotary, h)?;
        let weights = weights(has, x, mask, (&q, &latent), &k_rotary, true)?;
        if has("values made again") {
            return weights.matmul(&latent.broadcast_matmul(&turned(has, value_matrix(has, x))?)?);
        }
        let mut context = weights.matmul(&latent)?; // (B, H, Tq, L)
        if has("heads and queries mixed up") {
            let l = context.dim(D::Minus1)?;
            context = context.reshape((b, tq, h, l))?.transpose(1, 2)?.contiguous()?;
        }
        context.broadcast_matmul(&turned(has, value_matrix(has, x))?)
    };
    measure(&expanded, &absorbed, input, values)
}

/// The transpose, `(H, L, D)`.
fn turned(has: &dyn Fn(&str) -> bool, up: &Tensor) -> Result<Tensor> {
    if has("matrices not transposed") { Ok(up.clone()) } else { up.t()?.contiguous() }
}

fn value_matrix<'a>(has: &dyn Fn(&str) -> bool, x: &LatentInput<'a>) -> &'a Tensor {
    if has("values from the matrix of the keys") { x.up_key } else { x.up_value }
}

/// `(B, T, N)` -> `(B, H, T, N)`
fn one_for_all_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (b, t, n) = x.dims3()?;
    x.unsqueeze(1)?.broadcast_as((b, heads, t, n))?.contiguous()
}

/// `content`: the part of queries and of keys without position, in whichever space.
fn weights(
    has: &dyn Fn(&str) -> bool,
    x: &LatentInput<'_>,
    mask: Option<&Tensor>,
    content: (&Tensor, &Tensor),
    k_rotary: &Tensor,
    absorbed: bool,
) -> Result<Tensor> {
    let (d, dr) = (x.q.dim(D::Minus1)? as f64, x.q_rotary.dim(D::Minus1)? as f64);
    let l = x.latent.dim(D::Minus1)? as f64;
    let here = |in_both: &str, in_absorbed: &str| has(in_both) || absorbed && has(in_absorbed);
    let mask = if here("mask ignored", "mask ignored by absorbed") { None } else { mask };
    let softmax = |scores: Tensor, mask: Option<&Tensor>| match mask {
        Some(mask) if here("row of -inf", "row of -inf in absorbed") => careless(&scores, mask),
        _ => softmax(scores, mask),
    };
    let dot = |q: &Tensor, k: &Tensor| q.contiguous()?.matmul(&k.t()?);
    // What the absorbed form multiplies by to make up for the root of L + Dr.
    let wrong_factor = [
        ("factor upside down", ((d + dr) / (l + dr)).sqrt()),
        ("factor of the widths without the rotary part", (l / d).sqrt()),
        ("factor without the root", (l + dr) / (d + dr)),
    ];
    let wrong_factor = wrong_factor.into_iter().find(|(mistake, _)| absorbed && has(mistake));
    let divisor = if let Some((_, factor)) = wrong_factor {
        (l + dr).sqrt() / factor
    } else if has("scale by the root of D alone") {
        d.sqrt()
    } else if absorbed && has("scale of the joined latents") {
        (l + dr).sqrt()
    } else {
        (d + dr).sqrt()
    };
    let (q, k) = content;
    if has("rotary part forgotten") {
        // Then `attention` divides by the root of D by itself.
        let divisor = if absorbed && has("scale of the joined latents") { l.sqrt() } else { d.sqrt() };
        return softmax((dot(q, k)? / divisor)?, mask);
    }
    let (of_content, of_rotary) = if has("parts joined in another order") {
        let q = Tensor::cat(&[q, x.q_rotary], D::Minus1)?;
        let k = Tensor::cat(&[k_rotary, k], D::Minus1)?;
        let at = k_rotary.dim(D::Minus1)?;
        let rest = q.dim(D::Minus1)? - at;
        let slice = |x: &Tensor, start, length| x.narrow(D::Minus1, start, length)?.contiguous();
        (dot(&slice(&q, at, rest)?, &slice(&k, at, rest)?)?, dot(&slice(&q, 0, at)?, &slice(&k, 0, at)?)?)
    } else {
        (dot(q, k)?, dot(x.q_rotary, k_rotary)?)
    };
    if has("two softmaxes") {
        return (softmax((of_content / divisor)?, mask)? + softmax((of_rotary / divisor)?, mask)?)? / 2.0;
    }
    if has("two softmaxes, each with its own root") {
        let of_content = (of_content / if absorbed && has("scale of the joined latents") { l } else { d }.sqrt())?;
        return (softmax(of_content, mask)? + softmax((of_rotary / dr.sqrt())?, mask)?)? / 2.0;
    }
    if absorbed && has("factor on the moved part alone") {
        return softmax(((of_content / divisor)? + (of_rotary / (l + dr).sqrt())?)?, mask);
    }
    if has("a root for each part") {
        return softmax(((of_content / d.sqrt())? + (of_rotary / dr.sqrt())?)?, mask);
    }
    softmax(((of_content + of_rotary)? / divisor)?, mask)
}

/// Over the last dimension, where `mask` is 1.
fn softmax(scores: Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    // With the identity for keys and a root of 1 undone, the weights of attention are this softmax.
    let t = scores.dim(D::Minus1)?;
    let identity =
        Tensor::eye(t, scores.dtype(), scores.device())?.broadcast_as([&scores.dims()[..2], &[t, t]].concat())?;
    sol04_attention::scaled_dot_product::attention_weights(
        &(scores * (t as f64).sqrt())?,
        &identity.contiguous()?,
        mask,
    )
}

/// The same without a thought for a row that is all blocked.
fn careless(scores: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let blocked = scores.zeros_like()?.affine(1.0, f64::NEG_INFINITY)?;
    let scores = mask.broadcast_as(scores.shape())?.where_cond(scores, &blocked)?;
    let exps = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
    exps.broadcast_div(&exps.sum_keepdim(D::Minus1)?)
}

/// Right, though a kernel would not: every head gets its own copy of the latents.
fn absorbed_by_copies(x: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    if x.k_rotary.dim(1)? != x.latent.dim(1)? {
        candle_core::bail!("shapes differ");
    }
    let heads = x.q.dim(1)?;
    let latent = one_for_all_heads(x.latent, heads)?;
    let k = Tensor::cat(&[&latent, &one_for_all_heads(x.k_rotary, heads)?], D::Minus1)?;
    let q = Tensor::cat(&[&x.q.broadcast_matmul(x.up_key)?, x.q_rotary], D::Minus1)?;
    let size = x.q.dim(D::Minus1)? + x.q_rotary.dim(D::Minus1)?;
    let q = (q * (k.dim(D::Minus1)? as f64 / size as f64).sqrt())?;
    attention(&q, &k, &latent, mask)?.broadcast_matmul(&x.up_value.t()?)
}

/// Right, in an odd way: one head after the other.
fn head_by_head(x: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    per_head(x, mask, |head, latent| {
        Ok((head.q, latent.broadcast_matmul(&head.up_key.t()?)?, latent.broadcast_matmul(&head.up_value.t()?)?, None))
    })
}

/// And in the space of the latents.
fn head_by_head_absorbed(x: &LatentInput<'_>, mask: Option<&Tensor>) -> Result<Tensor> {
    per_head(x, mask, |head, latent| {
        let q = head.q.broadcast_matmul(&head.up_key)?;
        Ok((q, latent.clone(), latent.clone(), Some(head.up_value)))
    })
}

struct Head {
    q: Tensor,        // (B, Tq, D)
    up_key: Tensor,   // (D, L)
    up_value: Tensor, // (Dv, L)
}

/// Query, keys, values, and what is multiplied at the end.
type Parts = (Tensor, Tensor, Tensor, Option<Tensor>);

fn per_head(
    x: &LatentInput<'_>,
    mask: Option<&Tensor>,
    parts: impl Fn(Head, &Tensor) -> Result<Parts>,
) -> Result<Tensor> {
    if x.k_rotary.dim(1)? != x.latent.dim(1)? || x.up_key.dim(2)? != x.latent.dim(2)? {
        candle_core::bail!("shapes differ");
    }
    let double = |x: &Tensor| x.to_dtype(DType::F64)?.contiguous();
    let size = x.q.dim(D::Minus1)? + x.q_rotary.dim(D::Minus1)?;
    let latent = double(x.latent)?;
    let contexts: Vec<Tensor> = (0..x.q.dim(1)?)
        .map(|h| {
            let one = |x: &Tensor, at: usize| double(&x.narrow(at, h, 1)?.squeeze(at)?);
            let head = Head { q: one(x.q, 1)?, up_key: one(x.up_key, 0)?, up_value: one(x.up_value, 0)? };
            let (q, k, v, up) = parts(head, &latent)?;
            let q = Tensor::cat(&[q, one(x.q_rotary, 1)?], D::Minus1)?;
            let k = Tensor::cat(&[k, double(x.k_rotary)?], D::Minus1)?;
            let undo = (k.dim(D::Minus1)? as f64 / size as f64).sqrt();
            let context = attention(&(q * undo)?, &k, &v, mask)?; // (B, Tq, Dv or L)
            match up {
                Some(up) => context.broadcast_matmul(&up.t()?),
                None => Ok(context),
            }
        })
        .collect::<Result<_>>()?;
    Tensor::stack(&contexts, 1)?.to_dtype(x.q.dtype())
}
