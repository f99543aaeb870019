//! The check of `week04/multi-head`: the result and the gradients of everything that goes in, against
//! `torch.nn.MultiheadAttention` (`tests/reference/week04_multi_head.py`).

use candle_core::{D, DType, Device, Result, Tensor, Var};
use candle_nn::{Linear, Module};
use sol04_attention::heads::{merge_heads, split_heads};
use sol04_attention::multi_head as ours;
use sol04_attention::scaled_dot_product::attention;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::{Values, arrived, zeros};

/// `(four layers, heads, x, memory, mask)` to the result.
type Layer = fn([Linear; 4], usize, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>;

/// The function under test.
pub struct Subject {
    /// `MultiHead { query, key, value, output, heads }.forward(x, memory, mask)`, with the four layers in this order. A
    /// function, since the struct of another crate is another type.
    pub forward: Layer,
}

/// Grades a crate's `multi_head`.
#[macro_export]
macro_rules! week04_multi_head {
    ($($subject:tt)+) => {
        $crate::week04::multi_head::check().grade(&$crate::week04::multi_head::Subject {
            forward: |[query, key, value, output], heads, x, memory, mask| {
                $($subject)+::multi_head::MultiHead { query, key, value, output, heads }.forward(x, memory, mask)
            },
        })
    };
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    x: Tensor,
    /// `None`: the text looks at itself.
    memory: Option<Tensor>,
    mask: Option<Tensor>,
    heads: usize,
    /// Of queries, keys, values and output, each `(out, in)`.
    weights: [Tensor; 4],
    biases: Option<[Tensor; 4]>,
    /// The gradient that arrives at the result.
    upstream: Tensor,
}

const LAYERS: [&str; 4] = ["query", "key", "value", "output"];
const WEIGHT_GRADIENTS: [&str; 4] = [
    "gradient of the query weight",
    "gradient of the key weight",
    "gradient of the value weight",
    "gradient of the output weight",
];
const BIAS_GRADIENTS: [&str; 4] = [
    "gradient of the query bias",
    "gradient of the key bias",
    "gradient of the value bias",
    "gradient of the output bias",
];

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject {
        forward: |[query, key, value, output], heads, x, memory, mask| {
            ours::MultiHead { query, key, value, output, heads }.forward(x, memory, mask)
        },
    };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| measure(&subject.forward, input, values);
    Check::new("week04/multi-head", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .refuses("a memory of another width", misfit((1, 2, 8), (1, 3, 4), 2))
        .refuses("a memory of another batch", misfit((1, 2, 8), (2, 3, 8), 2))
        .refuses("heads that do not divide the width", misfit((1, 2, 8), (1, 2, 8), 3))
        .refuses("no heads at all", misfit((1, 2, 8), (1, 2, 8), 0))
        .mistake(
            "keys from x",
            "Your queries never see the keys of the memory. Which of the two texts is looked at?",
            "Queries come from x, and keys come from the memory: give the memory to the key layer.",
        )
        .mistake(
            "values from x",
            "Your tokens look at the memory, and then take the values of their own text. Whose values belong to the keys?",
            "Keys and values are two views of the same tokens: give the memory to the value layer, too.",
        )
        .mistake(
            "keys and values from x",
            "Your result is the same whatever the memory is: your text looks at itself. Which of the two texts is looked at?",
            "The queries come from x; the keys and the values both come from the memory.",
        )
        .mistake(
            "x and memory swapped",
            "Your result has a row for each token of the memory. Who looks, and who is looked at?",
            "The queries come from x; the keys and the values come from the memory.",
        )
        .mistake(
            "keys by the query matrix",
            "No gradient reaches your key matrix. Which layer makes the keys?",
            "Each of the four layers is used once: the keys are `self.key.forward(memory)`.",
        )
        .mistake(
            "values by the key matrix",
            "No gradient reaches your value matrix. Which layer makes the values?",
            "Each of the four layers is used once: the values are `self.value.forward(memory)`.",
        )
        .mistake(
            "keys and values swapped",
            "Your queries are compared with the values, and your contexts are averages of the keys. In which order does `attention` take the three?",
            "It takes the queries, then the keys, then the values: `attention(&q, &k, &v, mask)`.",
        )
        .mistake(
            "output forgotten",
            "Your heads never mix: each number of your result comes from one head. What is the fourth matrix for?",
            "Send the merged contexts through the output layer: it is the only place where heads meet.",
        )
        .mistake(
            "weights not transposed",
            "At least one of your matrices works the wrong way round: columns where rows should be. What is the shape of a layer's weight, (in, out) or (out, in)?",
            "A Linear holds its weight as (out, in) and computes x times the transposed weight: call its forward, or transpose.",
        )
        .way("query weight not transposed")
        .way("key weight not transposed")
        .way("value weight not transposed")
        .way("output weight not transposed")
        .way("weights not transposed, but for the output")
        .way("weights not transposed, but for the output, and no biases")
        .mistake(
            "biases forgotten",
            "The bias of at least one layer never reaches your result. What does a layer add after its matrix?",
            "A Linear may have a bias: call its forward rather than multiplying by its weight.",
        )
        .way("no biases but the output's")
        .way("no bias of the queries")
        .way("no bias of the values")
        .way("no bias of the output")
        .mistake(
            "x added",
            "Take x from your result, and it is right. Does the formula of this layer add its input?",
            "Return what the output layer gives. Where a model adds the input of a layer, it does so outside this layer.",
        )
        .mistake(
            "no heads",
            "Your tokens have one row of weights each, whatever the number of heads. Where does the width get cut?",
            "Cut the queries, the keys and the values into heads before attention, and merge the contexts after it.",
        )
        .mistake(
            "cut by reshape alone",
            "In your heads, tokens meet only some of the others, and parts of themselves. Which numbers of each token belong to the first head?",
            "A reshape from (B, T, C) to (B, H, T, D) keeps the order of the numbers and so mixes tokens: use split_heads.",
        )
        .mistake(
            "merged by reshape alone",
            "After merging, your rows hold the contexts of several tokens of one head. What belongs in the row of one token?",
            "Swap heads and tokens back before the reshape: use merge_heads.",
        )
        .mistake(
            "scale by the whole width",
            "Your weights are flatter than they should be, and the more so the more heads there are. How long are the vectors that are multiplied?",
            "Each head multiplies vectors of D = C / H numbers: divide by the root of D, not of C. `attention` does so.",
        )
        .mistake(
            "scaled twice",
            "Your weights are flatter than they should be, and the more so the larger each head is. Who divides by the root of D?",
            "`attention` divides the scores by the root of D: do not do it once more.",
        )
        .mistake(
            "mask forgotten",
            "Your result is the same with and without the mask. Where does it have to arrive?",
            "Hand the mask on to `attention`.",
        )
        .mistake(
            "mask inverted",
            "Your queries look exactly where they may not. What does a 1 in the mask mean here, and in `nn.MultiheadAttention`?",
            "Here 1 means that the query may look, as `attention` takes it: hand the mask on as it is.",
        )
        .right("one head at a time", Subject { forward: one_head_at_a_time })
        .right("one packed matrix, in f64", Subject { forward: packed })
}

type Forward<'a> = &'a dyn Fn([Linear; 4], usize, &Tensor, &Tensor, Option<&Tensor>) -> Result<Tensor>;

/// The result, and the gradients of x, the memory, the weights and the biases.
fn measure(forward: Forward<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let vars = |tensors: &[Tensor]| tensors.iter().map(Var::from_tensor).collect::<Result<Vec<_>>>();
    let x = Var::from_tensor(&input.x)?;
    let memory = input.memory.as_ref().map(Var::from_tensor).transpose()?;
    let weights = vars(&input.weights)?;
    let biases = vars(input.biases.as_ref().map_or(&[], |biases| biases))?;
    let layer = |i: usize| Linear::new(weights[i].as_tensor().clone(), biases.get(i).map(|b| b.as_tensor().clone()));
    let layers = [layer(0), layer(1), layer(2), layer(3)];

    let result = forward(layers, input.heads, &x, memory.as_ref().unwrap_or(&x), input.mask.as_ref())?;
    values.push("result", result.detach());
    if result.dims() != input.upstream.dims() {
        return Ok(()); // the shape says it all
    }
    let gradients = (result * &input.upstream)?.sum_all()?.backward()?;
    values.push("gradient of x", arrived(&gradients, &x)?);
    if let Some(memory) = &memory {
        values.push("gradient of the memory", arrived(&gradients, memory)?);
    }
    for (name, var) in WEIGHT_GRADIENTS.into_iter().zip(&weights).chain(BIAS_GRADIENTS.into_iter().zip(&biases)) {
        values.push(name, arrived(&gradients, var)?);
    }
    Ok(())
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/multi_head.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let part = |part: &str| golden.get(&name, part);
            let each = |suffix: &str| -> Result<[Tensor; 4]> {
                let [q, k, v, o] = LAYERS.map(|layer| part(&format!("{layer}{suffix}")));
                Ok([q?, k?, v?, o?])
            };
            let input = Input {
                x: part("x")?,
                memory: part("memory").ok(),
                mask: part("mask").ok(),
                heads: part("count")?.get(0)?.to_scalar::<u32>()? as usize,
                weights: each("")?,
                biases: each("_bias").ok(),
                upstream: part("upstream")?,
            };
            let mut values = Values::default();
            values.push("result", part("result")?);
            values.push("gradient of x", part("grad_x")?);
            if input.memory.is_some() {
                values.push("gradient of the memory", part("grad_memory")?);
            }
            for (name, layer) in WEIGHT_GRADIENTS.into_iter().zip(LAYERS) {
                values.push(name, part(&format!("grad_{layer}"))?);
            }
            if input.biases.is_some() {
                for (name, layer) in BIAS_GRADIENTS.into_iter().zip(LAYERS) {
                    values.push(name, part(&format!("grad_{layer}_bias"))?);
                }
            }
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(14);
    let cpu = &Device::Cpu;
    let mut case =
        |name: &str, (b, tq, tk, c): (usize, usize, Option<usize>, usize), heads: usize, biased: bool| -> Result<_> {
            // Weights that keep the size of what goes through them.
            let root = (c as f64).sqrt();
            let weights = (0..4).map(|_| rng.normal((c, c), cpu)? / root).collect::<Result<Vec<_>>>()?;
            let biases = (0..4).map(|_| rng.normal(c, cpu)).collect::<Result<Vec<_>>>()?;
            let four = |tensors: Vec<Tensor>| match <[Tensor; 4]>::try_from(tensors) {
                Ok(tensors) => Ok(tensors),
                Err(tensors) => candle_core::bail!("{} tensors for four layers", tensors.len()),
            };
            let input = Input {
                x: rng.normal((b, tq, c), cpu)?,
                memory: tk.map(|tk| rng.normal((b, tk, c), cpu)).transpose()?,
                mask: tk.map(|tk| rng.uniform(0.0, 2.0, (tq, tk), cpu)?.to_dtype(DType::U8)).transpose()?,
                heads,
                weights: four(weights)?,
                biases: if biased { Some(four(biases)?) } else { None },
                upstream: (rng.normal((b, tq, c), cpu)? / 4.0)?, // small: the gradient of the key bias is 0, but for rounding
            };
            Ok(Case { name: name.to_owned(), input, golden: None })
        };
    Ok(vec![
        case("8 heads of 4", (2, 6, None, 32), 8, false)?,
        case("2 heads of 16, biases", (1, 5, None, 32), 2, true)?,
        case("a random mask over another text", (2, 4, Some(4), 12), 3, true)?,
        case("a random mask over a longer text", (2, 3, Some(7), 12), 2, false)?,
    ])
}

fn misfit(x: (usize, usize, usize), memory: (usize, usize, usize), heads: usize) -> Input {
    let (b, t, c) = x;
    Input {
        x: zeros(&[b, t, c]),
        memory: Some(zeros(&[memory.0, memory.1, memory.2])),
        mask: None,
        heads,
        weights: [(); 4].map(|()| zeros(&[c, c])),
        biases: None,
        upstream: zeros(&[b, t, c]),
    }
}

/// Multi-head attention with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let forward = |layers: [Linear; 4], heads: usize, x: &Tensor, memory: &Tensor, mask: Option<&Tensor>| {
        flawed_forward(has, &layers, heads, x, memory, mask)
    };
    measure(&forward, input, values)
}

fn flawed_forward(
    has: &dyn Fn(&str) -> bool,
    layers: &[Linear; 4],
    heads: usize,
    x: &Tensor,
    memory: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let (x, memory) = if has("x and memory swapped") { (memory, x) } else { (x, memory) };
    let [query, key, value, output] = layers;
    let (bare_inputs, turned_inputs) = (
        has("biases forgotten")
            || has("no biases but the output's")
            || has("weights not transposed, but for the output, and no biases"),
        has("weights not transposed")
            || has("weights not transposed, but for the output")
            || has("weights not transposed, but for the output, and no biases"),
    );
    let apply = |layer: &Linear, is_turned: bool, is_bare: bool, x: &Tensor| {
        let weight = if is_turned { layer.weight().t()?.contiguous()? } else { layer.weight().clone() };
        Linear::new(weight, if is_bare { None } else { layer.bias().cloned() }).forward(x)
    };
    let keys = if has("keys by the query matrix") { query } else { key };
    let values = if has("values by the key matrix") { key } else { value };
    // Both from x are a mistake of its own, so that one of them goes with the other as if it were alone.
    let (keys_from_x, values_from_x) = if has("keys and values from x") {
        (true, true)
    } else {
        (has("keys from x"), has("values from x") && !has("keys from x"))
    };
    let heads = if has("no heads") { 1 } else { heads };
    let split = |x: &Tensor| {
        let (b, t, c) = x.dims3()?;
        if has("cut by reshape alone") { x.reshape((b, heads, t, c / heads)) } else { split_heads(x, heads) }
    };
    let q = split(&apply(
        query,
        turned_inputs || has("query weight not transposed"),
        bare_inputs || has("no bias of the queries"),
        x,
    )?)?;
    let k = split(&apply(
        keys,
        turned_inputs || has("key weight not transposed"),
        bare_inputs,
        if keys_from_x { x } else { memory },
    )?)?;
    let is_bare = bare_inputs || has("no bias of the values");
    let v = split(&apply(
        values,
        turned_inputs || has("value weight not transposed"),
        is_bare,
        if values_from_x { x } else { memory },
    )?)?;
    let (k, v) = if has("keys and values swapped") { (v, k) } else { (k, v) };

    let d = q.dim(D::Minus1)? as f64;
    let q = if has("scale by the whole width") { (q / (heads as f64).sqrt())? } else { q };
    let q = if has("scaled twice") { (q / d.sqrt())? } else { q };
    let mask = match mask {
        Some(mask) if !has("mask forgotten") => Some(if has("mask inverted") { mask.eq(0_u8)? } else { mask.clone() }),
        _ => None,
    };
    let context = attention(&q, &k, &v, mask.as_ref())?;
    let merged = if has("merged by reshape alone") { context.reshape(x.shape())? } else { merge_heads(&context)? };
    let result = if has("output forgotten") {
        merged
    } else {
        let is_bare = has("biases forgotten") || has("no bias of the output");
        apply(output, has("weights not transposed") || has("output weight not transposed"), is_bare, &merged)?
    };
    if has("x added") { result + x } else { Ok(result) }
}

/// Right, in an odd way, and the paper's own: a matrix for each head, and the output matrix cut as well.
fn one_head_at_a_time(
    [query, key, value, output]: [Linear; 4],
    heads: usize,
    x: &Tensor,
    memory: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let (b, t, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) || memory.dim(D::Minus1)? != c || memory.dim(0)? != b {
        candle_core::bail!("shapes");
    }
    let d = c / heads;
    let mut sum = Tensor::zeros((b, t, c), x.dtype(), x.device())?;
    for h in 0..heads {
        let own = |layer: &Linear, x: &Tensor| {
            let bias = layer.bias().map(|bias| bias.narrow(0, h * d, d)).transpose()?;
            Linear::new(layer.weight().narrow(0, h * d, d)?, bias).forward(x)?.unsqueeze(1)
        };
        // A mask may differ from head to head.
        let mask = match mask {
            Some(mask) => Some(mask.broadcast_as((b, heads, t, memory.dim(1)?))?.narrow(1, h, 1)?),
            None => None,
        };
        let context = attention(&own(&query, x)?, &own(&key, memory)?, &own(&value, memory)?, mask.as_ref())?;
        let columns = output.weight().narrow(1, h * d, d)?.contiguous()?; // (C, D)
        sum = (sum + Linear::new(columns, None).forward(&context.squeeze(1)?.contiguous()?)?)?;
    }
    match output.bias() {
        Some(bias) => sum.broadcast_add(bias),
        None => Ok(sum),
    }
}

/// Right as well: all three matrices in one, as PyTorch packs them, over both texts at once, and the surplus thrown away.
fn packed(
    [query, key, value, output]: [Linear; 4],
    heads: usize,
    x: &Tensor,
    memory: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let (b, t, c) = x.dims3()?;
    if heads == 0 || !c.is_multiple_of(heads) || memory.dim(D::Minus1)? != c || memory.dim(0)? != b {
        candle_core::bail!("shapes");
    }
    let inputs = [&query, &key, &value];
    let weight = Tensor::cat(&inputs.map(Linear::weight), 0)?.to_dtype(DType::F64)?; // (3C, C)
    let texts = Tensor::cat(&[x, memory], 1)?.to_dtype(DType::F64)?; // (B, Tq + Tk, C)
    let mut all = texts.broadcast_matmul(&weight.t()?)?; // (B, Tq + Tk, 3C)
    if let [Some(q), Some(k), Some(v)] = inputs.map(Linear::bias) {
        all = all.broadcast_add(&Tensor::cat(&[q, k, v], 0)?.to_dtype(DType::F64)?)?;
    }
    // (B, T, 3C) -> (B, T, 3, H, D) -> (3, B, H, T, D)
    let all = all.reshape((b, texts.dim(1)?, 3, heads, c / heads))?.permute((2, 0, 3, 1, 4))?;
    let part = |which: usize, from: usize, tokens: usize| all.get(which)?.narrow(2, from, tokens)?.contiguous();
    let tk = memory.dim(1)?;
    let context = attention(&part(0, 0, t)?, &part(1, t, tk)?, &part(2, t, tk)?, mask)?;
    output.forward(&context.permute((0, 2, 1, 3))?.flatten_from(2)?.to_dtype(x.dtype())?.contiguous()?)
}
