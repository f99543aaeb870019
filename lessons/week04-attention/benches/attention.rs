//! How fast the forms of attention are: `cargo bench -p week04-attention --bench attention`.
//!
//! criterion prints a time for each form, and for a size the forms stand one below the other: their ratio is what matters,
//! not the milliseconds of one machine. It keeps the last run in `target/criterion` and says what has changed since.

use std::hint::black_box;
use std::time::Duration;

use candle_core::{Device, Result, Tensor};
use candle_nn::attention::{AttnMask, flash_attn};
use candle_nn::ops::softmax_last_dim;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime};
use week00_workbench::rng::Rng;
use week04_attention::rope::{Layout, angles, rope};
use week04_attention::scaled_dot_product::attention;
use week04_attention::{flash, naive};

/// The head size.
const D: usize = 64;

fn short<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

/// Loops over numbers, the whole table, tiles: one head, no mask.
fn forms(criterion: &mut Criterion) -> Result<()> {
    let mut group = short(criterion, "one head");
    let mut rng = Rng::seed(4);
    for t in [128, 512, 2048] {
        let (q, k, v) = three(&mut rng, &[t, D])?;
        let [q_rows, k_rows, v_rows] = [q.to_vec2::<f32>()?, k.to_vec2()?, v.to_vec2()?];
        group.bench_function(BenchmarkId::new("loops", t), |b| {
            b.iter(|| naive::attention(black_box(&q_rows), &k_rows, &v_rows));
        });
        group.bench_function(BenchmarkId::new("table", t), |b| b.iter(|| attention(black_box(&q), &k, &v, None)));
        for tile in [64, 256] {
            group.bench_function(BenchmarkId::new(format!("tiles of {tile}"), t), |b| {
                b.iter(|| flash::forward(black_box(&q), &k, &v, false, tile));
            });
        }
    }
    group.finish();
    Ok(())
}

/// Ours beside candle-nn's: 8 heads, causal where it says so.
fn against_candle_nn(criterion: &mut Criterion) -> Result<()> {
    let mut group = short(criterion, "8 heads, ours and candle-nn");
    let mut rng = Rng::seed(5);
    let scale = 1.0 / (D as f64).sqrt();
    for t in [128, 512] {
        let (q, k, v) = three(&mut rng, &[1, 8, t, D])?;
        group.bench_function(BenchmarkId::new("ours, table", t), |b| b.iter(|| attention(black_box(&q), &k, &v, None)));
        group.bench_function(BenchmarkId::new("candle-nn, table", t), |b| {
            b.iter(|| softmax_last_dim(&(black_box(&q).matmul(&k.t()?)? * scale)?)?.matmul(&v));
        });
        let by_token = |x: &Tensor| x.transpose(1, 2)?.contiguous(); // (B, H, T, D) -> (B, T, H, D)
        let (q_t, k_t, v_t) = (by_token(&q)?, by_token(&k)?, by_token(&v)?);
        for causal in [false, true] {
            let name = if causal { ", causal" } else { "" };
            group.bench_function(BenchmarkId::new(format!("ours, tiles of 128{name}"), t), |b| {
                b.iter(|| flash::forward(black_box(&q), &k, &v, causal, 128));
            });
            group.bench_function(BenchmarkId::new(format!("candle-nn, flash{name}"), t), |b| {
                let mask = || if causal { AttnMask::causal() } else { AttnMask::None };
                b.iter(|| flash_attn::<f32>(black_box(&q_t), &k_t, &v_t, scale as f32, mask(), None, None));
            });
        }
    }
    group.finish();
    Ok(())
}

/// Ours computes the angles each time; candle-nn is given them.
fn positions(criterion: &mut Criterion) -> Result<()> {
    let mut group = short(criterion, "rope, ours and candle-nn");
    let mut rng = Rng::seed(6);
    for t in [128, 512, 2048] {
        let x = rng.normal((1, 8, t, D), &Device::Cpu)?;
        let (cos, sin) = angles(0, t, D, 10_000.0, &Device::Cpu)?;
        for (layout, name) in [(Layout::HalfSplit, "half-split"), (Layout::Interleaved, "interleaved")] {
            group.bench_function(BenchmarkId::new(format!("ours, {name}"), t), |b| {
                b.iter(|| rope(black_box(&x), 0, 10_000.0, layout));
            });
            group.bench_function(BenchmarkId::new(format!("candle-nn, {name}"), t), |b| {
                b.iter(|| match layout {
                    Layout::HalfSplit => candle_nn::rotary_emb::rope(black_box(&x), &cos, &sin),
                    Layout::Interleaved => candle_nn::rotary_emb::rope_i(black_box(&x), &cos, &sin),
                });
            });
        }
    }
    group.finish();
    Ok(())
}

fn three(rng: &mut Rng, shape: &[usize]) -> Result<(Tensor, Tensor, Tensor)> {
    let mut draw = || rng.normal(shape, &Device::Cpu);
    Ok((draw()?, draw()?, draw()?))
}

/// A bench that cannot be set up says why.
fn all(criterion: &mut Criterion) {
    for group in [forms, against_candle_nn, positions] {
        if let Err(error) = group(criterion) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
