//! The small trained model, where it is, against transformers on the same file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

use candle_core::{Device, Tensor};
use week00_workbench::fixtures::Golden;
use week04_attention::stories::{START, Stories, StoriesError};
use workshop_base::data::DataError;

/// The model and the golden values, which `tests/reference/week04_stories.py` made; `None` where the model is not here.
fn real() -> Option<(Stories, Golden)> {
    let model = match Stories::load(&Device::Cpu) {
        // A file that is there and damaged is no reason to skip.
        Err(error @ StoriesError::Data(DataError::Missing { .. })) => {
            eprintln!("skipped: {error}");
            return None;
        }
        model => model.expect("the model"),
    };
    Some((model, Golden::load("week04/stories.safetensors").expect("golden values")))
}

fn ids(golden: &Golden, case: &str, part: &str) -> Vec<u32> {
    golden.get(case, part).and_then(|ids| ids.to_vec1()).expect("ids")
}

/// The largest difference, as a share of the largest expected value.
fn off(got: &Tensor, expected: &Tensor) -> f32 {
    assert_eq!(got.dims(), expected.dims());
    let largest = |x: &Tensor| x.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
    largest(&(got - expected).unwrap()) / largest(expected)
}

#[test]
fn it_tells_what_transformers_tells() {
    let Some((model, golden)) = real() else { return };
    for (name, beginning) in [
        ("once", "Once upon a time"),
        ("lily", "Lily had a red ball. She loved the ball."),
        ("mat", "The cat sat on the mat."),
        ("start", ""),
    ] {
        let prompt = ids(&golden, &format!("story.{name}"), "prompt");
        assert_eq!(if beginning.is_empty() { vec![START] } else { model.encode(beginning).unwrap() }, prompt);
        let mut telling = model.tell(&prompt);
        let mut told: Vec<u32> = telling.by_ref().take(256).collect::<Result<_, _>>().unwrap();
        if told.len() < 256 {
            assert!(telling.next().is_none(), "what has ended does not go on");
            told.push(START); // what ends the story is not told
        }
        let expected = ids(&golden, &format!("story.{name}"), "told");
        assert_eq!(told, expected, "{name}: {} and not {}", model.decode(&told), model.decode(&expected));
    }
    assert_eq!(ids(&golden, "story.mat", "told").len(), 146, "one of the stories ends by itself");
}

#[test]
fn its_logits_and_its_attention_are_those_of_transformers() {
    let Some((model, golden)) = real() else { return };
    let sentence = ids(&golden, "sentence", "ids");
    assert_eq!(model.encode("Lily had a cat. The cat was happy. The cat saw").unwrap(), sentence);
    let logits = model.forward(&sentence, &mut model.state()).unwrap();
    let logits = logits.index_select(&golden.get("sentence", "positions").unwrap(), 0).unwrap();
    // 1e-5 as for one layer: the sums of five, in f32, stay below it.
    let error = off(&logits, &golden.get("sentence", "logits").unwrap());
    println!("largest relative error of the logits: {error:.1e}");
    assert!(error < 1e-5, "logits: {error:e}");
    let maps = model.attention_maps(&sentence).unwrap();
    assert_eq!(maps.len(), 5);
    for (layer, map) in maps.iter().enumerate() {
        assert_eq!(map.dims(), [8, sentence.len(), sentence.len()]);
        let error = off(map, &golden.get("sentence.weights", &layer.to_string()).unwrap());
        println!("largest relative error of the attention weights of layer {layer}: {error:.1e}");
        assert!(error < 1e-5, "layer {layer}: {error:e}");
    }
}

#[test]
fn texts_are_cut_as_tokenizers_cuts_them_and_put_together_again() {
    let Some((model, golden)) = real() else { return };
    for (name, text) in [
        ("english", "Once upon a time, there was a little girl named Lily."),
        ("one", "a"),
        ("spaces", "two  spaces   and\ta tab"),
        ("lines", "one line\nand another"),
        ("korean", "작은 고양이가 물고기를 먹었다"),
        ("emoji", "The cat 🐱 said: héllo 👩‍🚀!"),
        ("numbers", "3.14 + 10 = 13.14; “quotes” — and… signs <s> </s> <0x41>"),
        ("repeated", "aaaaaaaaaa hahahaha the the thethe"),
    ] {
        let cut = model.encode(text).unwrap();
        assert_eq!(cut, ids(&golden, "text", name), "{name}");
        assert_eq!(model.decode(&cut), text);
    }
    // 가 is three bytes, and so three tokens: nothing is written before the last one.
    let mut decoder = model.decoder();
    let said: Vec<String> = model.encode("가").unwrap().iter().map(|id| decoder.push(*id)).collect();
    assert_eq!(said, ["", "", "", "", "가"]);
    assert_eq!(decoder.end(), "", "nothing is left");
}

#[test]
fn what_attention_reads_is_what_the_layers_below_leave() {
    let Some((model, golden)) = real() else { return };
    let sentence = ids(&golden, "sentence", "ids");
    let maps = model.attention_maps(&sentence).unwrap();
    // Page 2 leaves the positions out: at the start, where nothing is turned yet, queries and keys agree with the model.
    let x = model.embed(3, &sentence).unwrap();
    let (q, k) = (model.queries(3, &x).unwrap(), model.keys(3, &x).unwrap());
    use week04_attention::masks::causal;
    use week04_attention::rope::{Layout, rope};
    use week04_attention::scaled_dot_product::attention_weights;
    let turned = |x: &Tensor| rope(x, 0, 10_000.0, Layout::Interleaved).unwrap();
    let mask = causal(sentence.len(), sentence.len(), &Device::Cpu).unwrap();
    let weights = attention_weights(&turned(&q), &turned(&k), Some(&mask)).unwrap();
    assert!(off(&weights, &maps[3]) < 1e-6);
}
