//! The latent layer against transformers' `DeepseekV2Attention` and `DeepseekV3Attention`
//! (`tests/reference/week04_latent.py`), and against itself.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;
use week04_attention::latent_layer::{Config, Form, LatentLayer, State};
use week04_attention::models::{DEEPSEEK_V3, Kept};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn tiny() -> Config {
    Config {
        width: 12,
        heads: 3,
        head_size: 8,
        rotary: 4,
        value_size: 6,
        latent: 10,
        query_latent: Some(7),
        initial_spread: 0.5,
        ..Config::deepseek_v3()
    }
}

fn assert_close(what: &str, got: &Tensor, expected: &Tensor) -> Outcome {
    // The golden values are float64, rounded to f32.
    match compare(got, expected, Tolerance::F32)? {
        None => Ok(()),
        Some(difference) => Err(format!("{what}: {difference}").into()),
    }
}

/// What the layer makes of a golden case, and the gradients of `x` and of every weight.
fn run(
    config: &Config,
    part: &impl Fn(&str) -> candle_core::Result<Tensor>,
    dtype: DType,
    form: Form,
) -> Outcome<(Tensor, Vec<(String, Tensor)>)> {
    let mut vars = vec![("x".to_owned(), Var::from_tensor(&part("x")?.to_dtype(dtype)?)?)];
    for (name, _) in config.shapes() {
        vars.push((name.to_owned(), Var::from_tensor(&part(name)?.to_dtype(dtype)?)?));
    }
    let weights: HashMap<String, Tensor> =
        vars.iter().map(|(name, var)| (format!("{name}.weight"), var.as_tensor().clone())).collect();
    let layer = LatentLayer::load(config.clone(), &VarBuilder::from_tensors(weights, dtype, &Device::Cpu))?;
    let y = layer.forward(&vars[0].1, &mut State::default(), form)?;
    let store = (&y * part("upstream")?.to_dtype(dtype)?)?.sum_all()?.backward()?;
    let mut gradients = vec![];
    for (name, var) in vars {
        gradients.push((name.clone(), store.get(&var).cloned().ok_or(format!("no gradient of {name}"))?));
    }
    Ok((y, gradients))
}

#[test]
fn agrees_with_transformers() -> Outcome {
    let golden = Golden::load("week04/latent_layer.safetensors")?;
    let names = golden.names();
    assert_eq!(names.len(), 4);
    let mut worst: f64 = 0.0;
    for name in names {
        let part = |part: &str| golden.get(&name, part);
        let sizes: Vec<usize> = part("config")?.to_vec1::<i64>()?.into_iter().map(|size| size as usize).collect();
        let [width, heads, head_size, rotary, value_size, latent, query_latent, base] = sizes[..] else {
            return Err(format!("{name}: {sizes:?}").into());
        };
        let config = Config {
            width,
            heads,
            head_size,
            rotary,
            value_size,
            latent,
            query_latent: (query_latent > 0).then_some(query_latent),
            rope_base: base as f64,
            ..Config::deepseek_v3()
        };
        for form in [Form::Expanded, Form::Absorbed] {
            let y = run(&config, &part, DType::F32, form)?.0;
            assert_close(&format!("{name}, {form:?}, f32"), &y, &part("y")?)?;
            // Small elements of large gradients lose their last digits in f32: compare them in f64.
            let (y, gradients) = run(&config, &part, DType::F64, form)?;
            assert_close(&format!("{name}, {form:?}, f64"), &y, &part("y")?)?;
            assert_eq!(gradients.len(), config.shapes().len() + 1);
            for (weight, got) in gradients {
                let expected = part(&format!("grad_{weight}"))?;
                assert_close(&format!("{name}, {form:?}, gradient of {weight}"), &got, &expected)?;
                let largest = |t: &Tensor| t.abs()?.flatten_all()?.max(0)?.to_dtype(DType::F64)?.to_scalar::<f64>();
                worst = worst.max(largest(&(got - expected.to_dtype(DType::F64)?)?)? / largest(&expected)?);
            }
        }
    }
    println!("largest relative error of a gradient: {worst:.1e}");
    Ok(())
}

/// Read at once and with keys made again, or token by token from the cache and absorbed: the same.
#[test]
fn a_text_may_be_read_in_pieces() -> Outcome {
    let mut rng = Rng::seed(7);
    let layer = LatentLayer::random(tiny(), &mut rng, &Device::Cpu)?;
    let x = rng.normal((2, 6, 12), &Device::Cpu)?;
    let at_once = layer.forward(&x, &mut State::default(), Form::Expanded)?;
    let mut state = State::default();
    let mut pieces = vec![layer.forward(&x.narrow(1, 0, 3)?, &mut state, Form::Expanded)?];
    for t in 3..6 {
        pieces.push(layer.forward(&x.narrow(1, t, 1)?, &mut state, Form::Absorbed)?);
    }
    assert_close("in pieces", &Tensor::cat(&pieces, 1)?, &at_once)?;
    assert_eq!((state.tokens()?, state.numbers()), (6, 2 * 6 * (10 + 4)));
    Ok(())
}

#[test]
fn the_sizes_of_deepseek() -> Outcome {
    let config = Config::deepseek_v3();
    config.validate()?;
    assert_eq!(DEEPSEEK_V3.kept, Kept::Latents { latent: config.latent as u64, rotary: config.rotary as u64 });
    assert_eq!((DEEPSEEK_V3.heads, DEEPSEEK_V3.head_size), (config.heads as u64, config.head_size as u64));
    // By hand, from the shapes of the checkpoint: q_a, its norm, q_b, kv_a, its norm, kv_b, o.
    let shapes = [1536 * 7168, 1536, 24_576 * 1536, 576 * 7168, 512, 32_768 * 512, 7168 * 16_384];
    assert_eq!(config.parameters(), shapes.iter().sum::<usize>());
    assert_eq!(Config { width: 5120, ..config }, Config::deepseek_v2());
    Ok(())
}

#[test]
fn sizes_that_make_no_layer_are_refused() {
    for (config, named) in [
        (Config { heads: 0, ..tiny() }, "heads"),
        (Config { query_latent: Some(0), ..tiny() }, "query_latent"),
        (Config { rotary: 3, ..tiny() }, "rotary"),
        (Config { norm_eps: f64::NAN, ..tiny() }, "norm_eps"),
        (Config { rope_base: -1.0, ..tiny() }, "rope_base"),
    ] {
        let refused = config.validate().err().map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|message| message.contains(named)), "{named}: {refused:?}");
    }
}
