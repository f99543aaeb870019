//! Heads against their naive twin, and what holds for them whatever the numbers.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::Linear;
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::rng::Rng;
use week04_attention::heads::{merge_heads, split_heads};
use week04_attention::multi_head::MultiHead;
use week04_attention::naive;

fn assert_same(got: &Tensor, expected: &Tensor, what: &str) -> Result<()> {
    let difference = compare(got, expected, Tolerance::F32)?;
    assert!(difference.is_none(), "{what}: {}", difference.map(|d| d.to_string()).unwrap_or_default());
    Ok(())
}

fn layer(rng: &mut Rng, c: usize, heads: usize) -> Result<MultiHead> {
    let mut linear =
        || -> Result<Linear> { Ok(Linear::new((rng.normal((c, c), &Device::Cpu)? / (c as f64).sqrt())?, None)) };
    Ok(MultiHead { query: linear()?, key: linear()?, value: linear()?, output: linear()?, heads })
}

fn rows(x: &Tensor) -> Result<Vec<Vec<f32>>> {
    x.to_vec2()
}

/// (heads, width, queries, keys), in batches of 2, of which the loops do one text after the other.
#[test]
fn the_piece_agrees_with_loops() -> Result<()> {
    let mut rng = Rng::seed(4);
    for (heads, c, tq, tk) in [(1, 4, 3, 3), (2, 8, 5, 5), (4, 8, 1, 1), (3, 12, 2, 7), (6, 6, 4, 3), (8, 64, 3, 4)] {
        let what = format!("{heads} heads of a width of {c}, {tq} queries and {tk} keys");
        let layer = layer(&mut rng, c, heads)?;
        let (x, memory) = (rng.normal((2, tq, c), &Device::Cpu)?, rng.normal((2, tk, c), &Device::Cpu)?);
        let [q, k, v, o] = [&layer.query, &layer.key, &layer.value, &layer.output].map(|linear| rows(linear.weight()));
        let (q, k, v, o) = (q?, k?, v?, o?);
        let fast = layer.forward(&x, &memory, None)?;
        for text in 0..2 {
            let slow = naive::multi_head([&q, &k, &v, &o], heads, &rows(&x.get(text)?)?, &rows(&memory.get(text)?)?);
            assert_same(&fast.get(text)?, &Tensor::new(slow, &Device::Cpu)?, &what)?;
        }
    }
    Ok(())
}

#[test]
fn merging_undoes_splitting() -> Result<()> {
    let mut rng = Rng::seed(5);
    for (b, t, c, heads) in [(2, 3, 8, 2), (1, 5, 6, 6), (3, 1, 12, 4), (2, 4, 4, 1)] {
        let x = rng.normal((b, t, c), &Device::Cpu)?;
        assert_same(&merge_heads(&split_heads(&x, heads)?)?, &x, &format!("{heads} heads"))?;
    }
    Ok(())
}

/// Without positions and without a mask, attention cannot tell the order of what it looks at.
#[test]
fn the_order_of_the_memory_does_not_matter() -> Result<()> {
    let mut rng = Rng::seed(6);
    let layer = layer(&mut rng, 8, 2)?;
    let (x, memory) = (rng.normal((1, 3, 8), &Device::Cpu)?, rng.normal((1, 4, 8), &Device::Cpu)?);
    let order = Tensor::new(&[2_u32, 0, 3, 1], &Device::Cpu)?;
    let shuffled = layer.forward(&x, &memory.index_select(&order, 1)?, None)?;
    assert_same(&shuffled, &layer.forward(&x, &memory, None)?, "a shuffled memory")
}

/// The same number on every score of a query changes no weight: a bias of the keys does nothing.
#[test]
fn a_bias_of_the_keys_does_nothing() -> Result<()> {
    let mut rng = Rng::seed(7);
    let layer = layer(&mut rng, 8, 2)?;
    let x = rng.normal((2, 3, 8), &Device::Cpu)?;
    let bias = rng.normal(8, &Device::Cpu)?;
    let biased = |linear: &Linear| Linear::new(linear.weight().clone(), Some(bias.clone()));
    let expected = layer.forward(&x, &x, None)?;
    let with_keys = MultiHead { key: biased(&layer.key), ..layer.clone() };
    assert_same(&with_keys.forward(&x, &x, None)?, &expected, "a bias of the keys")?;
    let with_values = MultiHead { value: biased(&layer.value), ..layer.clone() };
    assert!(compare(&with_values.forward(&x, &x, None)?, &expected, Tolerance::F32)?.is_some());
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused_with_the_numbers() -> Result<()> {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
    let said = |result: Result<Tensor>| result.map_or_else(|error| error.to_string(), |_| "no error".into());
    let message = said(split_heads(&zeros(&[1, 2, 10])?, 4));
    assert!(message.contains("4 heads do not divide a width of 10"), "{message}");
    let layer = layer(&mut Rng::seed(8), 8, 2)?;
    let message = said(layer.forward(&zeros(&[1, 2, 8])?, &zeros(&[2, 3, 8])?, None));
    assert!(message.contains("[1, 2, 8]") && message.contains("[2, 3, 8]"), "{message}");
    Ok(())
}

#[test]
fn the_loops_give_nothing_for_heads_that_do_not_divide() {
    let matrix = vec![vec![0.0; 4]; 4];
    let all = [&matrix[..]; 4];
    for heads in [0, 3] {
        assert!(naive::multi_head(all, heads, &matrix, &matrix).is_empty(), "{heads}");
    }
    assert!(naive::multi_head([&matrix, &matrix[..2], &matrix, &matrix], 2, &matrix, &matrix).is_empty());
    assert_eq!(naive::multi_head(all, 2, &matrix, &matrix), matrix);
}
