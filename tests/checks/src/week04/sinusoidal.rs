//! The check of `week04/sinusoidal`: the table against one that torch computed in float64
//! (`tests/reference/week04_sinusoidal.py`).

use candle_core::{DType, Device, Result, Tensor};
use sol04_attention::sinusoidal as ours;
use week00_workbench::fixtures::Golden;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `sinusoidal(positions, width, device)`.
pub type Subject = fn(usize, usize, &Device) -> Result<Tensor>;

/// Grades a crate's `sinusoidal`.
#[macro_export]
macro_rules! week04_sinusoidal {
    ($($subject:tt)+) => {{
        let subject: $crate::week04::sinusoidal::Subject = $($subject)+::sinusoidal::sinusoidal;
        $crate::week04::sinusoidal::check().grade(&subject)
    }};
}

/// The size of a table, and how many of its last rows are compared.
#[derive(Debug, Clone)]
pub struct Input {
    positions: usize,
    width: usize,
    kept: usize,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| measure(&subject, input, values);
    let whole = |positions: usize, width: usize| Case {
        name: format!("{positions} positions, {width} columns, compared with the solution"),
        input: Input { positions, width, kept: positions },
        golden: None,
    };
    Check::new("week04/sinusoidal", ours::sinusoidal as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok([whole(3, 10), whole(33, 24), whole(300, 48)]))
        .refuses("an odd width", Input { positions: 3, width: 5, kept: 3 })
        .mistake(
            "sines first",
            "All your sines stand in the first half of a row and all your cosines in the second. Which columns does the formula name?",
            "Column 2i holds the sine and column 2i + 1 the cosine of the same angle: the two take turns along the row.",
        )
        .mistake(
            "exponent i / C",
            "Your hands after the first turn too fast: the slowest is far from the 10000 of the formula. How far does the exponent get at the last pair?",
            "The exponent is 2i/C, with i counting pairs: it runs from 0 to almost 1.",
        )
        .mistake(
            "exponent 4i / C",
            "Your hands after the first turn too slowly: the exponent of the last one is almost 2. Does your i count pairs or columns?",
            "Columns count 0, 2, 4 and so on, and that is 2i already. Count pairs and double, or count columns and do not.",
        )
        .mistake(
            "divided as whole numbers",
            "All your hands turn equally fast. What is 2 / 64 where both are whole numbers?",
            "On `usize`, a division drops what comes after the point: turn both into `f64` first, `2.0 * i as f64 / width as f64`.",
        )
        .mistake(
            "base 1000",
            "Your first hand is right and the later ones turn too fast, as they would with 1000. Of which number does the formula take a power?",
            "The formula takes powers of 10000, which has four zeros: `10_000_f64.powf(..)`.",
        )
        .mistake(
            "the last exponent 1",
            "Your slowest hand turns too slowly: its exponent is 1. How far does 2i/C get for the last i, and by what do you divide?",
            "Divide 2i by C, not by C - 2: some programs stretch the exponents up to 1, the paper's end before it.",
        )
        .mistake(
            "an angle for each column",
            "The sine and the cosine of a pair do not belong to the same angle. Which i has column 2i + 1?",
            "Columns 2i and 2i + 1 share one angle, with the exponent 2i/C: the column's number divided by 2, rounded down, is i.",
        )
        .mistake(
            "positions from 1",
            "Your first row is what the second should be. What is the first position?",
            "Positions count from 0: the first row is sin 0 = 0 and cos 0 = 1 throughout.",
        )
        .mistake(
            "sin and cos swapped",
            "Your row of position 0 starts with 1 where a 0 should stand. Which of the two comes first in a pair?",
            "The even columns hold sines and the odd ones cosines: at position 0 a row reads 0, 1, 0, 1.",
        )
        .mistake(
            "times the power",
            "Your first pair is right and every later one turns faster instead of slower. Which way does 10000 to the power of 2i/C act on the position?",
            "Divide the position by 10000 to the power of 2i/C: the later the pair, the slower it turns.",
        )
        .mistake(
            "angles in f32",
            "Your rows are right at first and drift away at positions in the hundreds and thousands. How many digits after the point does an f32 have left there?",
            "Compute position, power and angle in f64, take the sine and the cosine there, and round only these to f32.",
        )
        // An f32 angle is off by a few parts in ten million of itself, and the table by no more.
        .rounding(|input| 1e-6 * (1 + input.positions) as f64)
        .mistake(
            "table in f64",
            "Your table is of type f64. Which type do the embeddings have that it is added to?",
            "Compute in f64, and round what you return: `as f32` for a number, `to_dtype(DType::F32)` for a tensor.",
        )
        .right("with tensors, in f64", with_tensors)
        .right("each pair turned on from the row before", turned_on)
}

type Table<'a> = &'a dyn Fn(usize, usize, &Device) -> Result<Tensor>;

fn measure(sinusoidal: Table<'_>, input: &Input, values: &mut Values) -> Result<()> {
    let table = sinusoidal(input.positions, input.width, &Device::Cpu)?;
    values.dtype("type of the table", &table);
    // A table of another shape is shown whole: it has no last rows to speak of.
    let whole = input.kept == input.positions || table.dims() != [input.positions, input.width];
    values.push("table", if whole { table } else { table.narrow(0, input.positions - input.kept, input.kept)? });
    Ok(())
}

/// The cases of torch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/sinusoidal.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let size = golden.get(&name, "size")?.to_vec1::<i64>()?;
            let [positions, width, kept] = size[..] else { candle_core::bail!("{name}: a size is three numbers") };
            let mut values = Values::default();
            values.text("type of the table", "f32");
            values.push("table", golden.get(&name, "table")?);
            let input = Input { positions: positions as usize, width: width as usize, kept: kept as usize };
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// The table with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let table = |positions: std::ops::Range<usize>, width: usize| {
        let entry = |position: usize, column: usize| {
            let pairs = width / 2;
            let (i, is_second) = if has("sines first") {
                (column % pairs, column >= pairs)
            } else {
                (column / 2, !column.is_multiple_of(2))
            };
            let twice_i = if has("an angle for each column") {
                2 * i + usize::from(is_second)
            } else if has("exponent i / C") {
                i
            } else if has("exponent 4i / C") {
                4 * i
            } else if has("divided as whole numbers") {
                0 // 2i is less than the width
            } else {
                2 * i
            };
            let divisor = if has("the last exponent 1") { width.max(4) - 2 } else { width }; // one pair: not by 0
            let base = if has("base 1000") { 1000.0 } else { 10_000.0_f64 };
            let position = if has("positions from 1") { position + 1 } else { position };
            let sign = if has("times the power") { -1.0 } else { 1.0 };
            let as_cosine = is_second != has("sin and cos swapped");
            if has("angles in f32") {
                let angle = position as f32 / (base as f32).powf(sign as f32 * twice_i as f32 / divisor as f32);
                return if as_cosine { angle.cos() } else { angle.sin() };
            }
            let angle = position as f64 / base.powf(sign * twice_i as f64 / divisor as f64);
            if as_cosine { angle.cos() as f32 } else { angle.sin() as f32 }
        };
        let entries: Vec<f32> =
            positions.clone().flat_map(|p| (0..width).map(move |c| (p, c))).map(|(p, c)| entry(p, c)).collect();
        if !width.is_multiple_of(2) {
            candle_core::bail!("an odd width");
        }
        Tensor::from_vec(entries, (positions.len(), width), &Device::Cpu)
    };
    values.text("type of the table", if has("table in f64") { "f64" } else { "f32" });
    // Only the rows that are compared.
    values.push("table", table(input.positions - input.kept..input.positions, input.width)?);
    Ok(())
}

/// Right, in an odd way: an outer product, and two columns woven into one.
fn with_tensors(positions: usize, width: usize, device: &Device) -> Result<Tensor> {
    if !width.is_multiple_of(2) {
        candle_core::bail!("an odd width");
    }
    let position = Tensor::arange(0_u32, positions as u32, device)?.to_dtype(DType::F64)?.unsqueeze(1)?; // (T, 1)
    let exponent = (Tensor::arange(0_u32, width as u32 / 2, device)?.to_dtype(DType::F64)? * (2.0 / width as f64))?;
    let frequency = (exponent * -(10_000_f64.ln()))?.exp()?.unsqueeze(0)?; // (1, C / 2)
    let angle = position.matmul(&frequency)?; // (T, 1) x (1, C / 2) -> (T, C / 2)
    Tensor::stack(&[angle.sin()?, angle.cos()?], 2)?.reshape((positions, width))?.to_dtype(DType::F32)
}

/// Right as well: no sine but that of one step, by which every pair is turned from row to row.
fn turned_on(positions: usize, width: usize, device: &Device) -> Result<Tensor> {
    if !width.is_multiple_of(2) {
        candle_core::bail!("an odd width");
    }
    let mut pairs: Vec<(f64, f64)> = vec![(0.0, 1.0); width / 2];
    let mut table: Vec<f32> = vec![];
    for _ in 0..positions {
        for (i, (sin, cos)) in pairs.iter_mut().enumerate() {
            table.extend([*sin as f32, *cos as f32]);
            let step = 10_000_f64.powf(-2.0 * i as f64 / width as f64);
            (*sin, *cos) = (*sin * step.cos() + *cos * step.sin(), *cos * step.cos() - *sin * step.sin());
        }
    }
    Tensor::from_vec(table, (positions, width), device)
}
