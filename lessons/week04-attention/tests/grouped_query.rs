//! Grouped-query attention against its loops.

use candle_core::{Device, Tensor};
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::rng::Rng;
use week04_attention::grouped_query::grouped_query_attention;
use week04_attention::naive;

#[test]
fn the_loops_give_the_same() -> candle_core::Result<()> {
    let mut rng = Rng::seed(6);
    let cpu = &Device::Cpu;
    for (heads, kv_heads, tq, tk, d, dv) in
        [(4, 4, 3, 3, 4, 4), (6, 2, 2, 5, 8, 3), (6, 3, 4, 4, 2, 2), (5, 1, 1, 7, 4, 6)]
    {
        let q = rng.normal((1, heads, tq, d), cpu)?;
        let k = rng.normal((1, kv_heads, tk, d), cpu)?;
        let v = rng.normal((1, kv_heads, tk, dv), cpu)?;
        let plain = |x: &Tensor| x.squeeze(0)?.to_vec3::<f32>();
        let loops = naive::grouped_query(&plain(&q)?, &plain(&k)?, &plain(&v)?);
        let loops = Tensor::new(loops, cpu)?.unsqueeze(0)?; // (H, Tq, Dv) -> (1, H, Tq, Dv)
        let tensors = grouped_query_attention(&q, &k, &v, None)?;
        assert_eq!(compare(&tensors, &loops, Tolerance::F32)?, None, "{heads} heads share {kv_heads}");
    }
    Ok(())
}

#[test]
fn the_loops_give_nothing_for_heads_that_do_not_divide() {
    let heads = |count: usize| vec![vec![vec![1.0; 2]; 3]; count];
    for (q, k, v) in [(4, 0, 0), (4, 3, 3), (4, 2, 1)] {
        assert!(naive::grouped_query(&heads(q), &heads(k), &heads(v)).is_empty(), "{q}, {k}, {v}");
    }
    assert_eq!(naive::grouped_query(&heads(4), &heads(2), &heads(2)), heads(4));
}
