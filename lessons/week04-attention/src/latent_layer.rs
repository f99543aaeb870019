//! A whole layer of multi-head latent attention, as in DeepSeek-V2 and V3: from the tokens' vectors to what the layer adds
//! to them.
//!
//! DeepSeek-AI (2024), "DeepSeek-V2", §2.1 and appendix C; the same in DeepSeek-V3, §2.1.1. The names of the weights are
//! those of the checkpoints.
//!
//! | paper | here | shape |
//! |---|---|---|
//! | $h_t$, what comes in | `x` | `(B, T, C)` |
//! | $n_h$, $d_h$, $d_h^R$ | `heads` `H`, `head_size` `D`, `rotary` `Dr` | |
//! | the value's size, $d_h$ in the paper | `value_size` `Dv` | |
//! | $d_c$, $d_c'$ | `latent` `L`, `query_latent` `Lq` | |
//! | $W^{DQ}$, then its norm, then $W^{UQ}$ and $W^{QR}$ | `q_a_proj`, `q_a_layernorm`, `q_b_proj` | `(Lq, C)`, `(Lq,)`, `(H (D + Dr), Lq)` |
//! | instead of them, where queries have no latent | `q_proj` | `(H (D + Dr), C)` |
//! | $W^{DKV}$ and $W^{KR}$ | `kv_a_proj_with_mqa` | `(L + Dr, C)` |
//! | the norm of $c^{KV}$ | `kv_a_layernorm` | `(L,)` |
//! | $W^{UK}$ and $W^{UV}$, head by head | `kv_b_proj` | `(H (D + Dv), L)` |
//! | $W^O$ | `o_proj` | `(C, H Dv)` |
//! | $c^{KV}$ and $k^R$, kept | `state.kept` | `(B, T, L)`, `(B, T, Dr)` |
//!
//! Differs from the published models in one thing: they stretch the rotation for long texts (YaRN, "DeepSeek-V2" §3.1.4),
//! and scale the scores a little with it. The norm is **borrowed from Week 5**; no exercise depends on it.

use std::collections::HashMap;

use crate::heads::merge_heads;
use crate::latent::{LatentInput, absorbed, expanded};
use crate::masks::causal;
use crate::rope::{Layout, rope};
use candle_core::{D, DType, Device, Result, Tensor, bail};
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use week00_workbench::rng::Rng;

use crate::borrowed::rms_norm;

/// The sizes of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The width $C$ of the model.
    pub width: usize,
    /// Heads $H$.
    pub heads: usize,
    /// The part of a query or key without position, $D$.
    pub head_size: usize,
    /// The part of a query or key that is turned by its position, $D_r$; even.
    pub rotary: usize,
    /// The size of a value, $D_v$.
    pub value_size: usize,
    /// The latent vector of keys and values, $L$.
    pub latent: usize,
    /// The latent vector of the queries, if they have one.
    pub query_latent: Option<usize>,
    /// The base of the rotation's frequencies.
    pub rope_base: f64,
    /// Added to the mean square in a norm, so that a vector of zeros does not divide by zero.
    pub norm_eps: f64,
    /// The spread of new weights.
    pub initial_spread: f64,
}

impl Config {
    /// DeepSeek-V2, §3.1.2.
    pub fn deepseek_v2() -> Self {
        Self { width: 5120, ..Self::deepseek_v3() }
    }

    /// DeepSeek-V3, §4.2.
    pub fn deepseek_v3() -> Self {
        Self {
            width: 7168,
            heads: 128,
            head_size: 128,
            rotary: 64,
            value_size: 128,
            latent: 512,
            query_latent: Some(1536),
            rope_base: 10_000.0,
            norm_eps: 1e-6,
            initial_spread: 0.006,
        }
    }

    /// Refuses sizes that make no layer.
    ///
    /// # Errors
    /// The message names the field and the rule.
    pub fn validate(&self) -> Result<()> {
        let sizes = [
            ("width", self.width),
            ("heads", self.heads),
            ("head_size", self.head_size),
            ("rotary", self.rotary),
            ("value_size", self.value_size),
            ("latent", self.latent),
            ("query_latent", self.query_latent.unwrap_or(1)),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            bail!("{name} is 0: a layer needs at least 1 of it");
        }
        if !self.rotary.is_multiple_of(2) {
            bail!("rotary is {}, which is odd: rotary positions turn pairs of elements", self.rotary);
        }
        let numbers =
            [("rope_base", self.rope_base), ("norm_eps", self.norm_eps), ("initial_spread", self.initial_spread)];
        if let Some((name, value)) = numbers.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            bail!("{name} is {value}: give a positive number");
        }
        if self.bytes_at_most().is_none() {
            bail!("the weights of a layer of these sizes are larger than any memory: {self:?}");
        }
        Ok(())
    }

    /// A bound on the bytes of all weights together; `None` where it cannot be counted.
    fn bytes_at_most(&self) -> Option<usize> {
        let heads = self.head_size.checked_add(self.rotary)?.checked_add(self.value_size)?.checked_mul(self.heads)?;
        let latents = self.latent.checked_add(self.rotary)?.checked_add(self.query_latent.unwrap_or(0))?;
        heads.checked_add(latents)?.checked_mul(self.width.checked_add(latents)?)?.checked_mul(8)
    }

    /// The names and the shapes of the weights.
    pub fn shapes(&self) -> Vec<(&'static str, Vec<usize>)> {
        let queries = self.heads * (self.head_size + self.rotary);
        let mut shapes = match self.query_latent {
            Some(lq) => {
                vec![("q_a_proj", vec![lq, self.width]), ("q_a_layernorm", vec![lq]), ("q_b_proj", vec![queries, lq])]
            }
            None => vec![("q_proj", vec![queries, self.width])],
        };
        shapes.extend([
            ("kv_a_proj_with_mqa", vec![self.latent + self.rotary, self.width]),
            ("kv_a_layernorm", vec![self.latent]),
            ("kv_b_proj", vec![self.heads * (self.head_size + self.value_size), self.latent]),
            ("o_proj", vec![self.width, self.heads * self.value_size]),
        ]);
        shapes
    }

    /// The learned numbers of the layer.
    pub fn parameters(&self) -> usize {
        self.shapes().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    // ANCHOR: multiplications
    /// The multiplications of `queries` new tokens that look at `keys` tokens.
    ///
    /// They are counted from the latents to the contexts of all heads.
    pub fn multiplications(&self, form: Form, queries: u64, keys: u64) -> u64 {
        let [h, d, dr, dv, l] =
            [self.heads, self.head_size, self.rotary, self.value_size, self.latent].map(|size| size as u64);
        match form {
            Form::Expanded => {
                let keys_and_values = keys * l * h * (d + dv); // made again from every latent
                keys_and_values + queries * keys * h * (d + dr) + queries * keys * h * dv
            }
            Form::Absorbed => {
                let into_and_out = queries * h * (d * l + l * dv); // of the space of the latents
                into_and_out + queries * keys * h * (l + dr) + queries * keys * h * l
            }
        }
    }
    // ANCHOR_END: multiplications
}

/// Which of the two equal computations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Keys and values made again from the latents.
    Expanded,
    /// Attention over the latents themselves.
    Absorbed,
}

/// What the layer keeps of the tokens that it has read.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// $c^{KV}$, `(B, T, L)`, and $k^R$, rotated, `(B, T, Dr)`, of all tokens so far; nothing at the start.
    pub kept: Option<(Tensor, Tensor)>,
}

impl State {
    /// How many tokens it holds.
    ///
    /// # Errors
    /// When what it holds is no state of this layer.
    pub fn tokens(&self) -> Result<usize> {
        self.kept.as_ref().map_or(Ok(0), |(latent, _)| latent.dim(1))
    }

    /// The numbers that it holds.
    pub fn numbers(&self) -> usize {
        self.kept.as_ref().map_or(0, |(latent, k_rotary)| latent.elem_count() + k_rotary.elem_count())
    }
}

/// How a query is made of a token's vector.
#[derive(Debug)]
enum Query {
    Direct { q_proj: Tensor },                     // (H (D + Dr), C)
    Latent { a: Tensor, norm: Tensor, b: Tensor }, // (Lq, C), (Lq,), (H (D + Dr), Lq)
}

/// The layer.
#[derive(Debug)]
pub struct LatentLayer {
    config: Config,
    query: Query,
    kv_a: Tensor,     // (L + Dr, C)
    kv_norm: Tensor,  // (L,)
    up_key: Tensor,   // (H, D, L)
    up_value: Tensor, // (H, Dv, L)
    o_proj: Tensor,   // (C, H Dv)
}

impl LatentLayer {
    /// A layer with the weights of a checkpoint. New ones come from [`LatentLayer::random`] alone.
    ///
    /// # Errors
    /// When the sizes make no layer, or a weight is missing or has another shape.
    pub fn load(config: Config, vb: &VarBuilder<'_>) -> Result<Self> {
        config.validate()?;
        let shapes: HashMap<&str, Vec<usize>> = config.shapes().into_iter().collect();
        let get = |name: &str| -> Result<Tensor> {
            let Some(shape) = shapes.get(name) else { bail!("this layer has no {name}") };
            // Where `vb` may make weights it would draw them from a generator that no seed of ours reaches.
            if !vb.contains_tensor(&format!("{name}.weight")) {
                bail!("the weight {name}.weight is missing: this layer needs it, of the shape {shape:?}");
            }
            vb.get(shape.as_slice(), &format!("{name}.weight"))
        };
        let query = match config.query_latent {
            Some(_) => Query::Latent { a: get("q_a_proj")?, norm: get("q_a_layernorm")?, b: get("q_b_proj")? },
            None => Query::Direct { q_proj: get("q_proj")? },
        };
        // The keys' rows and the values' rows stand side by side in each head, not all keys before all values.
        let Config { heads: h, head_size: d, value_size: dv, latent: l, .. } = config;
        let up = get("kv_b_proj")?.reshape((h, d + dv, l))?; // (H (D + Dv), L) -> (H, D + Dv, L)
        Ok(Self {
            query,
            kv_a: get("kv_a_proj_with_mqa")?,
            kv_norm: get("kv_a_layernorm")?,
            up_key: up.narrow(1, 0, d)?.contiguous()?, // (H, D + Dv, L) -> (H, D, L)
            up_value: up.narrow(1, d, dv)?.contiguous()?, // (H, D + Dv, L) -> (H, Dv, L)
            o_proj: get("o_proj")?,
            config,
        })
    }

    /// A layer with new weights, drawn from a seed.
    ///
    /// # Errors
    /// When the sizes make no layer.
    pub fn random(config: Config, rng: &mut Rng, device: &Device) -> Result<Self> {
        config.validate()?;
        let mut weights = HashMap::new();
        for (name, shape) in config.shapes() {
            let weight = if name.ends_with("layernorm") {
                Tensor::ones(shape, DType::F32, device)?
            } else {
                (rng.normal(shape, device)? * config.initial_spread)?
            };
            weights.insert(format!("{name}.weight"), weight);
        }
        Self::load(config, &VarBuilder::from_tensors(weights, DType::F32, device))
    }

    // ANCHOR: forward
    /// What the layer makes of new tokens. They look at themselves and at all that `state` holds, and are added to it. What is
    /// refused leaves it as it was.
    ///
    /// # Shapes
    /// `x`: `(B, T, C)` → `(B, T, C)`.
    ///
    /// # Errors
    /// When the shapes do not fit, or `state` is of another layer.
    pub fn forward(&self, x: &Tensor, state: &mut State, form: Form) -> Result<Tensor> {
        let Config { heads, head_size, rotary, latent, rope_base, norm_eps, .. } = self.config;
        let (b, t, _) = x.dims3()?;
        let past = state.tokens()?;
        let turn = |x: &Tensor| rope(x, past, rope_base, Layout::Interleaved);

        let q = match &self.query {
            Query::Direct { q_proj } => linear(x, q_proj)?,
            Query::Latent { a, norm, b } => linear(&rms_norm(&linear(x, a)?, norm, norm_eps)?, b)?,
        };
        let q = q.reshape((b, t, heads, head_size + rotary))?.transpose(1, 2)?; // -> (B, H, T, D + Dr)
        let q_rotary = turn(&q.narrow(D::Minus1, head_size, rotary)?.contiguous()?)?; // (B, H, T, Dr)
        let q = q.narrow(D::Minus1, 0, head_size)?.contiguous()?; // (B, H, T, D)

        let new = linear(x, &self.kv_a)?; // (B, T, C) -> (B, T, L + Dr)
        let new_latent = rms_norm(&new.narrow(D::Minus1, 0, latent)?, &self.kv_norm, norm_eps)?; // (B, T, L)
        let new_k_rotary = turn(&new.narrow(D::Minus1, latent, rotary)?.contiguous()?)?; // (B, T, Dr)
        let (kept, kept_k_rotary) = match &state.kept {
            None => (new_latent, new_k_rotary),
            // The new ones stand behind those kept: (B, T, ..) -> (B, Tk, ..)
            Some((old, old_k_rotary)) => {
                (Tensor::cat(&[old, &new_latent], 1)?, Tensor::cat(&[old_k_rotary, &new_k_rotary], 1)?)
            }
        };

        let input = LatentInput {
            q: &q,
            q_rotary: &q_rotary,
            latent: &kept,
            k_rotary: &kept_k_rotary,
            up_key: &self.up_key,
            up_value: &self.up_value,
        };
        let mask = causal(t, past + t, x.device())?;
        let context = match form {
            Form::Expanded => expanded(&input, Some(&mask))?,
            Form::Absorbed => absorbed(&input, Some(&mask))?,
        };
        let y = linear(&merge_heads(&context)?, &self.o_proj)?; // (B, H, T, Dv) -> (B, T, H Dv) -> (B, T, C)
        state.kept = Some((kept, kept_k_rotary)); // only now: nothing can be refused any more
        Ok(y)
    }
    // ANCHOR_END: forward
}

/// `(B, T, In)` times the transpose of `(Out, In)` -> `(B, T, Out)`
fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.contiguous()?.broadcast_matmul(&weight.t()?)
}
