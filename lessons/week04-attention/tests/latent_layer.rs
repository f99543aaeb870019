//! The latent layer against transformers' `DeepseekV2Attention` and `DeepseekV3Attention`
//! (`tests/reference/week04_latent.py`), and against itself.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};
use week00_workbench::compare::{Tolerance, compare};
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;
use week04_attention::latent::{LatentInput, absorbed, expanded};
use week04_attention::latent_layer::{Config, Form, LatentLayer, State};
use week04_attention::models::{DEEPSEEK_V3, Kept};
use week04_attention::naive;

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
fn a_state_that_refused_goes_on_as_if_it_had_not_been_asked() -> Outcome {
    let mut rng = Rng::seed(8);
    let layer = LatentLayer::random(tiny(), &mut rng, &Device::Cpu)?;
    let x = rng.normal((2, 4, 12), &Device::Cpu)?;
    let expected = layer.forward(&x, &mut State::default(), Form::Expanded)?;
    let mut state = State::default();
    layer.forward(&x.narrow(1, 0, 3)?, &mut state, Form::Expanded)?;
    let one_text = x.narrow(0, 0, 1)?;
    assert!(layer.forward(&one_text, &mut state, Form::Absorbed).is_err(), "one text after two");
    assert_eq!((state.tokens()?, state.numbers()), (3, 2 * 3 * (10 + 4)));
    let last = layer.forward(&x.narrow(1, 3, 1)?, &mut state, Form::Absorbed)?;
    assert_close("the last token", &last, &expected.narrow(1, 3, 1)?)
}

/// Inputs so large that the squares of the latents overflow `f16`.
#[test]
fn large_inputs_do_not_vanish_in_f16() -> Outcome {
    let mut rng = Rng::seed(9);
    let config = tiny();
    let mut weights = HashMap::new();
    for (name, shape) in config.shapes() {
        let weight = if name.ends_with("layernorm") {
            Tensor::ones(shape, DType::F32, &Device::Cpu)?
        } else {
            (rng.normal(shape, &Device::Cpu)? * 0.3)?
        };
        weights.insert(format!("{name}.weight"), weight);
    }
    let x = (rng.normal((1, 3, 12), &Device::Cpu)? * 2000.0)?;
    let y = |dtype: DType| -> Outcome<Tensor> {
        let weights = weights.clone().into_iter().map(|(name, weight)| Ok((name, weight.to_dtype(dtype)?)));
        let weights = weights.collect::<candle_core::Result<HashMap<String, Tensor>>>()?;
        let layer = LatentLayer::load(config.clone(), &VarBuilder::from_tensors(weights, dtype, &Device::Cpu))?;
        let y = layer.forward(&x.to_dtype(dtype)?, &mut State::default(), Form::Expanded)?;
        Ok(y.to_dtype(DType::F32)?)
    };
    let (got, expected) = (y(DType::F16)?, y(DType::F32)?);
    let largest = |t: &Tensor| t.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>();
    let off = largest(&(got - &expected)?)? / largest(&expected)?;
    assert!(off < 2e-2, "off by {off}");
    Ok(())
}

#[test]
fn weights_are_never_made_up() -> Outcome {
    let vars = VarMap::new(); // makes every weight it is asked for
    let missing = LatentLayer::load(tiny(), &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu));
    let message = missing.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("q_a_proj.weight is missing"), "{message}");
    assert!(vars.all_vars().is_empty());
    let x = Rng::seed(1).normal((1, 2, 12), &Device::Cpu)?;
    let drawn = |seed: u64| -> Outcome<Tensor> {
        let layer = LatentLayer::random(tiny(), &mut Rng::seed(seed), &Device::Cpu)?;
        Ok(layer.forward(&x, &mut State::default(), Form::Expanded)?)
    };
    assert_close("the same seed", &drawn(2)?, &drawn(2)?)?;
    assert!(assert_close("another seed", &drawn(2)?, &drawn(3)?).is_err());
    Ok(())
}

#[test]
fn the_loops_give_the_same_as_both_forms() -> Outcome {
    let mut rng = Rng::seed(10);
    let cpu = &Device::Cpu;
    for (h, tq, tk, d, dr, dv, l) in [(1, 1, 1, 2, 2, 2, 3), (3, 2, 5, 8, 4, 6, 10), (2, 4, 4, 4, 2, 7, 3)] {
        let (q, q_rotary) = (rng.normal((1, h, tq, d), cpu)?, rng.normal((1, h, tq, dr), cpu)?);
        let (latent, k_rotary) = (rng.normal((1, tk, l), cpu)?, rng.normal((1, tk, dr), cpu)?);
        let (up_key, up_value) = (rng.normal((h, d, l), cpu)?, rng.normal((h, dv, l), cpu)?);
        let heads = |x: &Tensor| x.to_vec3::<f32>();
        let tokens = |x: &Tensor| x.squeeze(0)?.to_vec2::<f32>();
        let loops = naive::latent(
            &heads(&q.squeeze(0)?)?,
            &heads(&q_rotary.squeeze(0)?)?,
            &tokens(&latent)?,
            &tokens(&k_rotary)?,
            &heads(&up_key)?,
            &heads(&up_value)?,
        );
        let loops = Tensor::new(loops, cpu)?.unsqueeze(0)?; // (H, Tq, Dv) -> (1, H, Tq, Dv)
        let input = LatentInput {
            q: &q,
            q_rotary: &q_rotary,
            latent: &latent,
            k_rotary: &k_rotary,
            up_key: &up_key,
            up_value: &up_value,
        };
        // Scores of size 10 and more, summed in another order: 1e-5 beside the largest value.
        for (form, got) in [("expanded", expanded(&input, None)?), ("absorbed", absorbed(&input, None)?)] {
            let largest = |t: &Tensor| t.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>();
            let off = largest(&(got - &loops)?)? / largest(&loops)?;
            assert!(off < 1e-5, "{form}, {h} heads: off by {off}");
        }
    }
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
    let shapes = [1536 * 5120, 1536, 24_576 * 1536, 576 * 5120, 512, 32_768 * 512, 5120 * 16_384];
    assert_eq!(Config::deepseek_v2().parameters(), shapes.iter().sum::<usize>());
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
        (Config { heads: usize::MAX / 2, ..tiny() }, "larger than any memory"),
        (Config { rotary: usize::MAX - 1, ..tiny() }, "larger than any memory"),
        (Config { width: usize::MAX, ..tiny() }, "larger than any memory"),
    ] {
        let refused = config.validate().err().map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|message| message.contains(named)), "{named}: {refused:?}");
    }
}
