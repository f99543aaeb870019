//! Flash attention against attention by the whole table, its autograd, PyTorch and candle-nn.

use candle_core::{DType, Device, Result, Tensor, Var};
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;
use week04_attention::flash::{self, Sees};
use week04_attention::naive;
use week04_attention::scaled_dot_product::attention;

/// Sums of a few dozen terms in another order: 1e-5 relative, and 2e-6 for values near zero, times the size of what was
/// added up and cancelled out.
#[track_caller]
fn close_to(what: &str, got: &Tensor, expected: &Tensor, size: f64) {
    let tolerance = Tolerance { relative: 1e-5, absolute: 2e-6 * size };
    match compare(got, expected, tolerance) {
        Ok(None) => {}
        Ok(Some(difference)) => panic!("{what}: {difference}"),
        Err(error) => panic!("{what}: {error}"),
    }
}

#[track_caller]
fn close(what: &str, got: &Tensor, expected: &Tensor) {
    close_to(what, got, expected, 1.0);
}

/// A causal mask, written on its own: the last query stands at the last key.
fn causal_mask(queries: usize, keys: usize) -> Result<Tensor> {
    let allowed: Vec<u8> =
        (0..queries).flat_map(|i| (0..keys).map(move |j| u8::from(j + queries <= i + keys))).collect();
    Tensor::from_vec(allowed, (queries, keys), &Device::Cpu)
}

fn draw(rng: &mut Rng, leading: &[usize], t: usize, d: usize) -> Result<Tensor> {
    rng.normal([leading, &[t, d]].concat(), &Device::Cpu)
}

#[test]
fn it_is_attention_whatever_the_tile() -> Result<()> {
    let mut rng = Rng::seed(8);
    let shapes: [(&[usize], usize, usize); 5] =
        [(&[], 1, 1), (&[], 10, 10), (&[2], 7, 12), (&[2, 3], 9, 9), (&[1, 2], 1, 20)];
    for (leading, tq, tk) in shapes {
        let (q, k) =
            (Var::from_tensor(&draw(&mut rng, leading, tq, 8)?)?, Var::from_tensor(&draw(&mut rng, leading, tk, 8)?)?);
        let v = Var::from_tensor(&draw(&mut rng, leading, tk, 5)?)?;
        let upstream = draw(&mut rng, leading, tq, 5)?;
        for causal in [false, true] {
            let mask = causal.then(|| causal_mask(tq, tk)).transpose()?;
            let expected = attention(&q, &k, &v, mask.as_ref())?;
            let gradients = expected.mul(&upstream)?.sum_all()?.backward()?;
            for tile in [1, 3, 7, 64] {
                let at = format!("{leading:?}, {tq} queries, {tk} keys, causal {causal}, tile {tile}");
                let (context, logsumexp) = flash::forward(&q, &k, &v, causal, tile)?;
                close(&at, &context, &expected);
                assert_eq!(logsumexp.dims(), [leading, &[tq]].concat());
                let (dq, dk, dv) = flash::backward(&q, &k, &v, &context, &logsumexp, &upstream, causal, tile)?;
                for (name, got, var) in [("dq", dq, &q), ("dk", dk, &k), ("dv", dv, &v)] {
                    close(&format!("{name}, {at}"), &got, gradients.get(var).expect("a gradient"));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_graph_grows() -> Result<()> {
    let mut rng = Rng::seed(1);
    let q = Var::from_tensor(&draw(&mut rng, &[], 4, 4)?)?;
    let (context, logsumexp) = flash::forward(&q, &q, &q, true, 2)?;
    assert!(context.sum_all()?.backward()?.get(&q).is_none());
    assert!(!context.track_op() && !logsumexp.track_op());
    Ok(())
}

#[test]
fn pytorch_says_the_same() -> Result<()> {
    let golden = Golden::load("week04/flash.safetensors")?;
    let names = golden.names();
    assert_eq!(names.len(), 7);
    for name in &names {
        let part = |part: &str| golden.get(name, part);
        let (q, k, v, upstream) = (part("q")?, part("k")?, part("v")?, part("upstream")?);
        let causal = part("causal")?.to_vec1::<u8>()? == [1];
        // Gradients of q and k are sums over keys and queries, here as large as 60.
        let size = f64::from(k.abs()?.max_all()?.to_scalar::<f32>()?);
        for tile in [1, 3, 4, 100] {
            let (context, logsumexp) = flash::forward(&q, &k, &v, causal, tile)?;
            close(name, &context, &part("context")?);
            close(name, &logsumexp, &part("logsumexp")?);
            let (dq, dk, dv) = flash::backward(&q, &k, &v, &context, &logsumexp, &upstream, causal, tile)?;
            for (what, got) in [("grad_q", dq), ("grad_k", dk), ("grad_v", dv)] {
                close_to(&format!("{what} of {name}, tile {tile}"), &got, &part(what)?, size);
            }
        }
    }
    Ok(())
}

#[test]
fn one_query_key_by_key_is_naive_attention() -> Result<()> {
    let mut rng = Rng::seed(3);
    let (q, k) = (draw(&mut rng, &[], 6, 8)?.to_vec2::<f32>()?, draw(&mut rng, &[], 9, 8)?.to_vec2::<f32>()?);
    let v = draw(&mut rng, &[], 9, 3)?.to_vec2::<f32>()?;
    for (query, expected) in q.iter().zip(naive::attention(&q, &k, &v)) {
        let got = flash::one_query(query, &k, &v);
        close("one query", &Tensor::new(got, &Device::Cpu)?, &Tensor::new(expected, &Device::Cpu)?);
    }
    assert!(flash::one_query(&q[0], &[], &[]).is_empty());
    Ok(())
}

#[test]
fn a_tile_is_skipped_exactly_where_the_mask_blocks_all_of_it() -> Result<()> {
    for (tq, tk, tile) in [(8, 8, 2), (5, 9, 2), (7, 7, 3), (1, 6, 4), (6, 6, 10)] {
        let mask = causal_mask(tq, tk)?;
        for queries in flash::tiles(tq, tile) {
            for keys in flash::tiles(tk, tile) {
                let part = mask.narrow(0, queries.start, queries.len())?.narrow(1, keys.start, keys.len())?;
                let allowed = part.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()? as usize;
                let expected = match allowed {
                    0 => Sees::Nothing,
                    all if all == queries.len() * keys.len() => Sees::All,
                    _ => Sees::Part,
                };
                assert_eq!(flash::sees(&queries, &keys, tk - tq), expected, "{queries:?} {keys:?} of {tq}, {tk}");
            }
        }
    }
    Ok(())
}

#[test]
fn an_empty_tile_sees_nothing() {
    for (queries, keys) in [(0..0, 0..2), (0..2, 0..0), (3..3, 3..3)] {
        assert_eq!(flash::sees(&queries, &keys, 0), Sees::Nothing);
    }
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let zeros = |dims: &[usize]| Tensor::zeros(dims, DType::F32, &Device::Cpu);
    let x = zeros(&[2, 4, 8])?;
    let refused = [
        (zeros(&[2, 4, 6])?, x.clone(), x.clone(), false, 2),
        (x.clone(), x.clone(), zeros(&[2, 3, 8])?, false, 2),
        (zeros(&[1, 4, 8])?, x.clone(), x.clone(), false, 2),
        (zeros(&[8])?, zeros(&[8])?, zeros(&[8])?, false, 2),
        (zeros(&[2, 5, 8])?, x.clone(), x.clone(), true, 2),
        (x.clone(), x.clone(), x.clone(), false, 0),
        (x.clone(), zeros(&[2, 0, 8])?, zeros(&[2, 0, 8])?, false, 2),
    ];
    for (q, k, v, causal, tile) in refused {
        assert!(flash::forward(&q, &k, &v, causal, tile).is_err(), "{:?} {:?} {:?}", q.dims(), k.dims(), v.dims());
    }
    flash::forward(&x, &x, &x, true, 2)?;
    Ok(())
}

#[test]
fn candle_nn_says_the_same() -> Result<()> {
    use candle_nn::attention::{AttnMask, flash_attn};
    let mut rng = Rng::seed(5);
    let (q, k, v) =
        (draw(&mut rng, &[1, 2], 6, 16)?, draw(&mut rng, &[1, 2], 10, 16)?, draw(&mut rng, &[1, 2], 10, 16)?);
    let pieces = candle_nn::ops::softmax_last_dim(&(q.matmul(&k.t()?)? / 4.0)?)?.matmul(&v)?;
    close("candle-nn's softmax", &attention(&q, &k, &v, None)?, &pieces);
    close("candle-nn's softmax, tiled", &flash::forward(&q, &k, &v, false, 4)?.0, &pieces);

    let by_token = |x: &Tensor| x.transpose(1, 2)?.contiguous(); // (B, H, T, D) -> (B, T, H, D)
    let (qt, kt, vt) = (by_token(&q)?, by_token(&k)?, by_token(&v)?);
    for (causal, mask) in [(false, AttnMask::None), (true, AttnMask::causal_with_offset(4))] {
        let theirs = flash_attn::<f32>(&qt, &kt, &vt, 0.25, mask, None, None)?; // (B, H, T, D)
        close("candle-nn's flash attention", &flash::forward(&q, &k, &v, causal, 4)?.0, &theirs);
    }
    Ok(())
}
