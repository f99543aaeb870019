//! The loops and the piece against the rows that the page's grid is tested with: one file of PyTorch's numbers for all of them.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use candle_core::{Device, Result, Tensor};
use week04_attention::naive::{attention, dot, weights_of};
use week04_attention::scaled_dot_product::attention_weights;

const FILE: &str = include_str!("../../../tests/fixtures/week04/grid.txt");

/// A case: its lines, each a name and numbers.
struct Case(&'static str);

impl Case {
    fn all(&self, name: &str) -> Vec<Vec<f32>> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        lines.map(|line| line.split(' ').map(|x| x.parse().expect("a number")).collect()).collect()
    }

    fn one(&self, name: &str) -> Vec<f32> {
        self.all(name).swap_remove(0)
    }
}

fn close(found: &[f32], expected: &[f32]) -> bool {
    let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}

#[test]
fn the_loops_and_the_piece_give_the_numbers_of_the_grid() -> Result<()> {
    let cases: Vec<Case> = FILE.split("case ").skip(1).map(Case).collect();
    assert!(cases.len() > 5, "{} cases", cases.len());
    for case in cases {
        let name = case.0.lines().next().unwrap_or_default();
        let (query, keys, values, looks) = (case.one("query"), case.all("key"), case.all("value"), case.one("looks"));
        let products: Vec<f32> = keys.iter().map(|key| dot(&query, key)).collect();
        assert!(close(&products, &case.one("products")), "{name}: {products:?}");

        let mask: Vec<u8> = looks.iter().map(|look| u8::from(*look > 0.0)).collect();
        let q = Tensor::new(query.clone(), &Device::Cpu)?.unsqueeze(0)?; // (D,) -> (1, D)
        let k = Tensor::new(keys.clone(), &Device::Cpu)?;
        let mask = Tensor::new(mask, &Device::Cpu)?.unsqueeze(0)?; // (T,) -> (1, T)
        let weights = attention_weights(&q, &k, Some(&mask))?.squeeze(0)?.to_vec1::<f32>()?;
        assert!(close(&weights, &case.one("weights")), "{name}: {weights:?}");

        // The loops know no mask: to be blocked is not to be there.
        let seen = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
            rows.iter().zip(&looks).filter(|(_, look)| **look > 0.0).map(|(row, _)| row.clone()).collect()
        };
        let (keys, values) = (seen(&keys), seen(&values));
        if keys.is_empty() {
            assert_eq!(case.one("context"), [0.0, 0.0], "{name}");
            continue;
        }
        let expected: Vec<f32> =
            case.one("weights").into_iter().zip(&looks).filter(|(_, look)| **look > 0.0).map(|(w, _)| w).collect();
        assert!(close(&weights_of(&query, &keys), &expected), "{name}");
        assert!(close(&attention(&[query], &keys, &values)[0], &case.one("context")), "{name}");
    }
    Ok(())
}
