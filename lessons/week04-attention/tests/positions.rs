//! Rotary positions: the piece against the loop, and the two things that the page says of them.

use candle_core::{Device, Result, Tensor};
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::rng::Rng;
use week04_attention::naive;
use week04_attention::rope::{Layout, rope};

const LAYOUTS: [Layout; 2] = [Layout::Interleaved, Layout::HalfSplit];

#[test]
fn the_piece_turns_as_the_loop_does() -> Result<()> {
    let x = Rng::seed(1).normal((3, 5, 8), &Device::Cpu)?;
    for layout in LAYOUTS {
        for (start, base) in [(0, 10_000.0), (4000, 10_000.0), (7, 500_000.0)] {
            let mut expected = x.to_vec3::<f32>()?;
            for head in &mut expected {
                for (p, vector) in head.iter_mut().enumerate() {
                    *vector = naive::rope(vector, start + p, base, layout);
                }
            }
            let got = rope(&x, start, base, layout)?;
            let difference = compare(&got, &Tensor::new(expected, &Device::Cpu)?, Tolerance::F32)?;
            assert_eq!(difference, None, "{layout:?} from {start}, base {base}");
        }
    }
    Ok(())
}

#[test]
fn a_quarter_of_a_turn_takes_the_first_axis_to_the_second() {
    let (a, b) = naive::turn((2.0, 1.0), std::f64::consts::FRAC_PI_2);
    assert!((a + 1.0).abs() < 1e-6 && (b - 2.0).abs() < 1e-6, "({a}, {b})");
}

#[test]
fn a_score_depends_on_the_distance_alone() -> Result<()> {
    let mut rng = Rng::seed(2);
    let (q, k) = (rng.normal((1, 16), &Device::Cpu)?, rng.normal((1, 16), &Device::Cpu)?);
    for layout in LAYOUTS {
        let score = |m: usize, n: usize| -> Result<f32> {
            rope(&q, m, 10_000.0, layout)?.matmul(&rope(&k, n, 10_000.0, layout)?.t()?)?.squeeze(0)?.get(0)?.to_scalar()
        };
        let here = score(9, 2)?;
        for m in [7, 50, 3000] {
            // 1e-5: two rounded vectors of 16 elements around 1, turned by unlike angles.
            assert!((score(m, m - 7)? - here).abs() < 1e-5, "{layout:?}, {m}");
        }
        assert!((score(9, 3)? - here).abs() > 0.1, "{layout:?}: another distance, another score");
    }
    Ok(())
}

#[test]
fn the_rows_of_the_matrices_reordered_turn_one_layout_into_the_other() -> Result<()> {
    let mut rng = Rng::seed(3);
    let (d, cpu) = (8_u32, &Device::Cpu);
    let (x, wq, wk) = (rng.normal((5, 12), cpu)?, rng.normal((8, 12), cpu)?, rng.normal((8, 12), cpu)?);
    let order: Vec<u32> = (0..d).step_by(2).chain((1..d).step_by(2)).collect(); // 0 2 4 6, then 1 3 5 7
    let order = Tensor::new(order, cpu)?;
    let scores = |wq: &Tensor, wk: &Tensor, layout: Layout| -> Result<Tensor> {
        let (q, k) = (x.matmul(&wq.t()?)?, x.matmul(&wk.t()?)?);
        rope(&q, 3, 10_000.0, layout)?.matmul(&rope(&k, 3, 10_000.0, layout)?.t()?)
    };
    let right = scores(&wq, &wk, Layout::Interleaved)?;
    let wrong = scores(&wq, &wk, Layout::HalfSplit)?;
    assert!(compare(&wrong, &right, Tolerance::F32)?.is_some(), "the wrong layout gives other scores");
    let reordered = scores(&wq.index_select(&order, 0)?, &wk.index_select(&order, 0)?, Layout::HalfSplit)?;
    // Sums of 8 products of size 10, in another order: their rounding is 1e-5 beside a small sum.
    let tolerance = Tolerance { absolute: 3e-5, ..Tolerance::F32 };
    assert_eq!(compare(&reordered, &right, tolerance)?, None);
    Ok(())
}
