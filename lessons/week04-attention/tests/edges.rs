//! Attention at its edges: 16-bit numbers, views that lie scattered in memory, nothing to look at, sizes beyond counting.

use candle_core::{D, DType, Device, Result, Tensor};
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::rng::Rng;
use week04_attention::flash;
use week04_attention::flash_tile::{RunningTile, add_tile, finish_tile};
use week04_attention::masks::{causal, sliding_window};
use week04_attention::rope::{Layout, angles, rope};
use week04_attention::scaled_dot_product::{attention, attention_weights};
use week04_attention::sinusoidal::sinusoidal;

const CPU: &Device = &Device::Cpu;

fn largest(x: &Tensor) -> Result<f32> {
    x.to_dtype(DType::F32)?.abs()?.flatten_all()?.max(0)?.to_scalar()
}

fn said<T>(result: Result<T>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "no error".into())
}

/// Sums in bf16 stop growing at 256, in f16 at 2048.
#[test]
fn the_weights_sum_to_1_in_16_bits() -> Result<()> {
    for (dtype, keys) in [(DType::BF16, 2048), (DType::F16, 4096)] {
        let mut rng = Rng::seed(4);
        let mut draw = |t: usize| rng.normal((t, 8), CPU)?.to_dtype(dtype);
        let (q, k, v) = (draw(3)?, draw(keys)?, (draw(keys)? + 1.0)?);
        let [q32, k32, v32] = [&q, &k, &v].map(|x| x.to_dtype(DType::F32));
        let expected = attention(&q32?, &k32?, &v32?, None)?;

        let weights = attention_weights(&q, &k, None)?;
        assert_eq!(weights.dtype(), dtype);
        let sums = weights.to_dtype(DType::F32)?.sum(D::Minus1)?.to_vec1::<f32>()?;
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-2), "{dtype:?}: {sums:?}");

        let tile = add_tile(&RunningTile::new(&[3], 8, dtype, CPU)?, &q, &k, &v, None)?;
        for (what, got) in [
            ("at once", attention(&q, &k, &v, None)?),
            ("in a tile", finish_tile(&tile)?.to_dtype(dtype)?),
            ("in tiles", flash::forward(&q, &k, &v, false, 64)?.0),
        ] {
            assert_eq!(got.dtype(), dtype, "{what}");
            let off = largest(&(got.to_dtype(DType::F32)? - &expected)?)?;
            assert!(off < 1e-2 * largest(&expected)?, "{what}, {dtype:?}: off by {off}");
        }
    }
    Ok(())
}

#[test]
fn the_way_back_in_16_bits_is_that_in_f32() -> Result<()> {
    for dtype in [DType::BF16, DType::F16] {
        let mut rng = Rng::seed(5);
        let mut draw = |t: usize| rng.normal((t, 8), CPU)?.to_dtype(dtype);
        let (q, k, v, upstream) = (draw(2)?, draw(1024)?, draw(1024)?, draw(2)?);
        let back = |dtype: DType| -> Result<[Tensor; 3]> {
            let [q, k, v, upstream] = [&q, &k, &v, &upstream].map(|x| x.to_dtype(dtype));
            let (q, k, v, upstream) = (q?, k?, v?, upstream?);
            let (context, logsumexp) = flash::forward(&q, &k, &v, true, 32)?;
            assert_eq!(logsumexp.dtype(), DType::F32);
            Ok(flash::backward(&q, &k, &v, &context, &logsumexp, &upstream, true, 32)?.into())
        };
        for (got, expected) in back(dtype)?.iter().zip(&back(DType::F32)?) {
            assert_eq!(got.dtype(), dtype);
            let off = largest(&(got.to_dtype(DType::F32)? - expected)?)?;
            assert!(off < 2e-2 * largest(expected)?, "{dtype:?}: off by {off}");
        }
    }
    Ok(())
}

#[test]
fn views_give_what_their_copies_give() -> Result<()> {
    let mut rng = Rng::seed(6);
    let mut view = |t: usize, d: usize| rng.normal((2, t, 3, d), CPU)?.transpose(1, 2); // (B, T, H, D) -> (B, H, T, D)
    let (q, k, v) = (view(4, 8)?, view(5, 8)?, view(5, 6)?);
    let broadcast = q.narrow(0, 0, 1)?.narrow(1, 0, 1)?.broadcast_as(q.shape())?; // one text, one head, for all
    for q in [q, broadcast] {
        let expected = attention(&q.copy()?.contiguous()?, &k.contiguous()?, &v.contiguous()?, None)?;
        assert_eq!(compare(&attention(&q, &k, &v, None)?, &expected, Tolerance::F32)?, None);
        let tile = add_tile(&RunningTile::new(&[2, 3, 4], 6, DType::F32, CPU)?, &q, &k, &v, None)?;
        assert_eq!(compare(&finish_tile(&tile)?, &expected, Tolerance::F32)?, None);
    }
    Ok(())
}

#[test]
fn without_queries_or_texts_the_result_is_empty_and_without_keys_it_is_zero() -> Result<()> {
    let ones = |b: usize, t: usize, d: usize| Tensor::ones((b, t, d), DType::F32, CPU);
    for (b, tq, tk) in [(2, 0, 3), (0, 2, 3), (2, 2, 0), (2, 0, 0)] {
        let (q, k, v) = (ones(b, tq, 4)?, ones(b, tk, 4)?, ones(b, tk, 5)?);
        let mask = causal(tq.min(tk), tk, CPU)?;
        for mask in [None, (tq <= tk).then_some(&mask)] {
            assert_eq!(attention_weights(&q, &k, mask)?.dims(), [b, tq, tk]);
            let tile = add_tile(&RunningTile::new(&[b, tq], 5, DType::F32, CPU)?, &q, &k, &v, mask)?;
            for context in [attention(&q, &k, &v, mask)?, finish_tile(&tile)?] {
                assert_eq!(context.dims(), [b, tq, 5]);
                assert!(context.flatten_all()?.to_vec1::<f32>()?.iter().all(|x| *x == 0.0));
            }
        }
    }
    let nothing = ones(2, 3, 0)?;
    let message = said(attention(&nothing, &nothing, &nothing, None));
    assert!(message.contains("head size of 0"), "{message}");
    let message = said(flash::forward(&nothing, &nothing, &nothing, false, 2));
    assert!(message.contains("head size of 0"), "{message}");
    Ok(())
}

#[test]
fn sizes_beyond_counting_do_not_panic() -> Result<()> {
    assert_eq!(sliding_window(2, 3, usize::MAX, CPU)?.to_vec2::<u8>()?, causal(2, 3, CPU)?.to_vec2::<u8>()?);
    let x = Tensor::ones((2, 4), DType::F32, CPU)?;
    for message in [
        said(rope(&x, usize::MAX, 10_000.0, Layout::Interleaved)),
        said(angles(0, usize::MAX, 4, 10_000.0, CPU)),
        said(sinusoidal(usize::MAX / 2, 4, CPU)),
        said(sinusoidal(usize::MAX / 8, 4, CPU)),
    ] {
        assert!(message.contains("more than a computer can count") || message.contains("larger than any"), "{message}");
    }
    Ok(())
}
