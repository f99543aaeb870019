//! The check of `week04/cache-size`: the bytes that transformers' caches really hold
//! (`tests/reference/week04_cache_size.py`), and those of large models.

use candle_core::{Device, Result, Tensor};
use sol04_attention::cache_size as ours;
use week00_workbench::fixtures::Golden;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The functions under test.
pub struct Subject {
    /// `kv_cache_bytes(layers, kv_heads, head_size, tokens, bytes)`
    pub heads: fn(u64, u64, u64, u64, u64) -> u64,
    /// `latent_cache_bytes(layers, latent, rotary, tokens, bytes)`
    pub latents: fn(u64, u64, u64, u64, u64) -> u64,
}

/// Grades a crate's `cache_size`.
#[macro_export]
macro_rules! week04_cache_size {
    ($($subject:tt)+) => {
        $crate::week04::cache_size::check().grade(&$crate::week04::cache_size::Subject {
            heads: $($subject)+::cache_size::kv_cache_bytes,
            latents: $($subject)+::cache_size::latent_cache_bytes,
        })
    };
}

/// One input, for one of the two functions: a mistake may stand in only one of them.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    of_latents: bool,
    layers: u64,
    kv_heads: u64,
    head_size: u64,
    latent: u64,
    rotary: u64,
    tokens: u64,
    bytes: u64,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { heads: ours::kv_cache_bytes, latents: ours::latent_cache_bytes };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.heads, &subject.latents, input, values)
    };
    Check::new("week04/cache-size", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(large()))
        .mistake(
            "keys without values",
            "Your cache of heads is half as large as it should be. A key says where to look; what is averaged then?",
            "Each head keeps a key and a value for every token: twice kv_heads times head_size numbers.",
        )
        .mistake(
            "keys and values counted twice",
            "Your cache of heads is exactly twice too large. How many factors of 2 do you have, and for what does each stand?",
            "A key and a value are two vectors: multiply by 2 once.",
        )
        .mistake(
            "one layer",
            "Your cache does not grow with the number of layers. Does one layer know the keys of another?",
            "Every layer keeps its own: multiply by the number of layers.",
        )
        .mistake(
            "one token",
            "Your cache is as large for a long text as for one token. What is kept of the tokens before?",
            "Every token of the text is kept: multiply by the number of tokens.",
        )
        .mistake(
            "one head",
            "Your cache of heads does not grow with the number of heads. Which heads have keys and values of their own?",
            "Each of the kv_heads keeps a key and a value: multiply by kv_heads.",
        )
        .mistake(
            "numbers for bytes",
            "Your result does not depend on how many bytes a number takes. What do you count?",
            "You count numbers: multiply by bytes, the size of one number.",
        )
        .mistake(
            "four bytes for every number",
            "Your result is right for one type of numbers alone. Which argument says how large a number is?",
            "Multiply by `bytes`, once, and by no size of your own: 4 is right for `f32` alone, 2 for `bf16`.",
        )
        .mistake(
            "32 bits for the result",
            "Small caches are right, and those of more than 4 GiB are not. What is the largest number that a `u32` can hold?",
            "A `u32` ends at 2³² - 1, which is 4 GiB: stay with `u64` from the first product on.",
        )
        .mistake(
            "bits for bytes",
            "Your result is eight times too large. In which unit do you answer?",
            "`bytes` is the size of one number in bytes already: do not multiply by 8.",
        )
        .mistake(
            "latent twice",
            "Your cache of latents is nearly twice too large. Are keys and values kept there, or what both are made from?",
            "One latent vector serves for the keys and for the values: count it once.",
        )
        .mistake(
            "rotary key forgotten",
            "Your cache of latents is a little too small. Which part of a key cannot be made from the latent vector?",
            "Beside the latent vector, each token keeps one rotary key: add rotary to latent.",
        )
        .mistake(
            "latent and rotary key twice",
            "Your cache of latents is exactly twice too large. Does a latent vector come in pairs, as a key and a value do?",
            "The factor 2 belongs to a key and a value in each head. Here one latent vector and one rotary key are kept.",
        )
        .mistake("no brackets", BRACKETS[0], BRACKETS[1])
        .mistake("no brackets, tokens first", BRACKETS[0], BRACKETS[1])
        .mistake("no brackets, sum last", BRACKETS[0], BRACKETS[1])
        .mistake("no brackets, sum first", BRACKETS[0], BRACKETS[1])
        .right(
            "summed token by token",
            Subject {
                heads: |layers, kv_heads, head_size, tokens, bytes| {
                    let of_a_token = layers * kv_heads * (head_size + head_size);
                    (0..tokens).map(|_| of_a_token * bytes).sum()
                },
                latents: |layers, latent, rotary, tokens, bytes| {
                    (0..layers).map(|_| latent * tokens * bytes + rotary * tokens * bytes).sum()
                },
            },
        )
}

/// Several mistakes that call for the same sentence: what is said first, and on repetition.
const BRACKETS: [&str; 2] = [
    "The factors of your cache of latents do not reach both of its parts. Which is done first, `*` or `+`?",
    "Put brackets around the sum: every factor multiplies `(latent + rotary)`.",
];

type Sizes<'a> = &'a dyn Fn(u64, u64, u64, u64, u64) -> u64;

fn measure(heads: Sizes<'_>, latents: Sizes<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let Input { of_latents, layers, kv_heads, head_size, latent, rotary, tokens, bytes } = *input;
    // An integer, so that it is shown as one.
    let number = |bytes: u64| Tensor::new(i64::try_from(bytes).unwrap_or(i64::MAX), &Device::Cpu);
    if of_latents {
        values.push("bytes of latents", number(latents(layers, latent, rotary, tokens, bytes))?);
    } else {
        values.push("bytes of keys and values", number(heads(layers, kv_heads, head_size, tokens, bytes))?);
    }
    Ok(())
}

/// What transformers keeps.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/cache_size.safetensors")?;
    let mut cases = vec![];
    for name in golden.names() {
        let sizes: Vec<u64> =
            golden.get(&name, "sizes")?.to_vec1::<i64>()?.into_iter().map(i64::unsigned_abs).collect();
        let [layers, kv_heads, head_size, latent, rotary, tokens, bytes] = sizes[..] else {
            candle_core::bail!("{name:?} has {} sizes", sizes.len());
        };
        for (of_latents, value, part) in
            [(false, "bytes of keys and values", "heads"), (true, "bytes of latents", "latents")]
        {
            let mut values = Values::default();
            values.push(value, golden.get(&name, part)?);
            let input = Input { of_latents, layers, kv_heads, head_size, latent, rotary, tokens, bytes };
            cases.push(Case { name: name.clone(), input, golden: Some(values) });
        }
    }
    Ok(cases)
}

/// Models too large to run here, which the solution answers.
fn large() -> Vec<Case<Input>> {
    let case = |name: &str, layers, kv_heads, tokens, bytes| {
        [false, true].map(|of_latents| Case {
            name: name.to_owned(),
            input: Input { of_latents, layers, kv_heads, head_size: 128, latent: 512, rotary: 64, tokens, bytes },
            golden: None,
        })
    };
    let cases = [
        case("80 layers, 8 heads, 128k tokens, bf16", 80, 8, 131_072, 2),
        case("61 layers, 128 heads, one token, one byte a number", 61, 128, 1, 1),
        case("126 layers, 8 heads, 128k tokens, f32", 126, 8, 131_072, 4),
        case("32 layers, 8 heads, 4,096 tokens, one byte a number", 32, 8, 4096, 1),
        case("32 layers, 8 heads, 7 tokens, f64", 32, 8, 7, 8),
        case("an empty cache", 32, 8, 0, 2),
    ];
    cases.into_iter().flatten().collect()
}

/// Both sizes with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let unless = |mistake: &str, factor: u64| if has(mistake) { 1 } else { factor };
    let common = |layers: u64, tokens: u64, bytes: u64| {
        let bits = if has("bits for bytes") { 8 } else { 1 };
        let bytes = if has("four bytes for every number") { 4 } else { unless("numbers for bytes", bytes) };
        (unless("one layer", layers), unless("one token", tokens), bytes * bits)
    };
    let cut = |bytes: u64| if has("32 bits for the result") { bytes % (1 << 32) } else { bytes };
    let heads = |layers: u64, kv_heads: u64, head_size: u64, tokens: u64, bytes: u64| {
        let (layers, tokens, bytes) = common(layers, tokens, bytes);
        let twice = if has("keys and values counted twice") { 2 } else { 1 };
        let vectors = twice * unless("keys without values", 2) * unless("one head", kv_heads);
        cut(layers * tokens * bytes * vectors * head_size)
    };
    let latents = |layers: u64, latent: u64, rotary: u64, tokens: u64, bytes: u64| {
        let latent = if has("latent twice") { 2 * latent } else { latent };
        let rotary = if has("rotary key forgotten") { 0 } else { rotary };
        let pairs = if has("latent and rotary key twice") { 2 } else { 1 };
        let (layers, tokens, bytes) = common(layers, tokens, bytes);
        cut(pairs
            * if has("no brackets") {
                layers * latent + rotary * tokens * bytes
            } else if has("no brackets, tokens first") {
                layers * tokens * latent + rotary * bytes
            } else if has("no brackets, sum last") {
                layers * tokens * bytes * latent + rotary
            } else if has("no brackets, sum first") {
                latent + rotary * layers * tokens * bytes
            } else {
                layers * tokens * bytes * (latent + rotary)
            })
    };
    measure(&heads, &latents, input, values)
}
