//! The proof that every check is what it says: the solution and the odd but right ones pass, every mistake is caught and
//! named.

use candle_core::{DType, Device, Result, Tensor};
use checks::week04::sinusoidal::{self, Subject};
use workshop_base::verdict::Verdict;

/// `PROVE=week04/softmax cargo test -p checks --test proof` proves one check; a part of a name proves all that have it.
#[test]
fn every_check_knows_its_mistakes() {
    let asked = std::env::var("PROVE").unwrap_or_default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let proofs: Vec<_> = std::thread::scope(|scope| {
        let prove = |first| proof(&asked, first, threads);
        let started: Vec<_> = (0..threads).map(|first| scope.spawn(move || prove(first))).collect();
        started.into_iter().map(|thread| thread.join().expect("a proof comes to its end")).collect()
    });
    assert!(proofs.iter().any(|(proved, _)| *proved > 0), "no check is called {asked:?}");
    let problems: Vec<String> = proofs.into_iter().flat_map(|(_, problems)| problems).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Proves each of the checks that are asked for whose turn it is: how many, and what is wrong with them.
fn proof(asked: &str, first: usize, step: usize) -> (usize, Vec<String>) {
    let (mut proved, mut problems) = (0, vec![]);
    for check in checks::all().into_iter().filter(|check| check.id().contains(asked)).skip(first).step_by(step) {
        proved += 1;
        let test = check.self_test();
        let (cases, golden) = test.cases;
        let (pairs, caught, named) = test.pairs;
        println!("{}: {cases} cases, {golden} golden, {} mistakes", check.id(), check.mistakes().len());
        println!("  pairs of mistakes: {pairs}, caught {caught}, named {named}");
        for (value, error) in &test.errors {
            println!("  largest relative error of {value}: {error:.1e}");
        }
        assert!(check.mistakes().len() >= 3, "{} knows fewer than three mistakes", check.id());
        problems.extend(test.problems.into_iter().map(|problem| format!("{}: {problem}", check.id())));
    }
    (proved, problems)
}

/// Angles in f32 come out a little different in each way to write them. All of them are named.
#[test]
fn rounding_is_named_however_it_is_written() {
    let f32_exponential: Subject = |positions, width, device| {
        table(positions, width, device, |p, two_i, c| {
            let (sin, cos) = (p as f32 * (-10_000_f32.ln() * two_i as f32 / c as f32).exp()).sin_cos();
            (f64::from(sin), f64::from(cos))
        })
    };
    let f32_frequency: Subject = |positions, width, device| {
        table(positions, width, device, |p, two_i, c| {
            (p as f64 / f64::from(10_000_f32.powf(two_i as f32 / c as f32))).sin_cos()
        })
    };
    let f32_angle: Subject = |positions, width, device| {
        table(positions, width, device, |p, two_i, c| {
            f64::from((p as f64 / 10_000_f64.powf(two_i as f64 / c as f64)) as f32).sin_cos()
        })
    };
    let f16_table: Subject = |positions, width, device| {
        let right = table(positions, width, device, |p, two_i, c| {
            (p as f64 / 10_000_f64.powf(two_i as f64 / c as f64)).sin_cos()
        });
        right?.to_dtype(DType::F16)?.to_dtype(DType::F32)
    };
    let named = |subject: Subject| match sinusoidal::check().grade(&subject) {
        Verdict::Wrong { mistakes, .. } => mistakes.into_iter().map(|mistake| mistake.name).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    for subject in [f32_exponential, f32_frequency, f32_angle] {
        assert_eq!(named(subject), ["angles in f32"]);
    }
    assert!(named(f16_table).is_empty(), "what is off at small positions, too, is another mistake");
}

fn table(
    positions: usize,
    width: usize,
    device: &Device,
    sin_cos: impl Fn(usize, usize, usize) -> (f64, f64),
) -> Result<Tensor> {
    if !width.is_multiple_of(2) {
        candle_core::bail!("an odd width");
    }
    let mut numbers = vec![];
    for position in 0..positions {
        for two_i in (0..width).step_by(2) {
            let (sin, cos) = sin_cos(position, two_i, width);
            numbers.extend([sin as f32, cos as f32]);
        }
    }
    Tensor::from_vec(numbers, (positions, width), device)
}
