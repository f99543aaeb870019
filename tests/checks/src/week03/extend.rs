//! The check of `week03/extend`: means of rows, against PyTorch's `EmbeddingBag` (`tests/reference/week03_extend.py`).

use candle_core::{Device, Result, Tensor, bail};
use sol03_tokenizer::extend as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&[Vec<u32>], &[Vec<f32>]) -> Vec<Vec<f32>>;

/// Grades a crate's `new_rows`.
#[macro_export]
macro_rules! week03_extend {
    ($($subject:tt)+) => {
        $crate::week03::extend::check().grade(&($($subject)+::extend::new_rows as $crate::week03::extend::Subject))
    };
}

/// The pieces of the new tokens, and the old rows.
#[derive(Debug, Clone)]
pub struct Input {
    pieces: Vec<Vec<u32>>,
    rows: Vec<Vec<f32>>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth: Subject = ours::new_rows;
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| note(&subject(&input.pieces, &input.rows), values);
    Check::new("week03/extend", truth, observe, |has, input, values| note(&flawed(has, input), values))
        .cases(golden())
        .cases(drawn())
        .mistake(
            "the sum",
            "Your rows are larger than those of the pieces, the more pieces the larger. What makes a mean of a sum?",
            "Divide by the number of pieces.",
        )
        .mistake(
            "the first piece alone",
            "Your new row is that of the first piece. What do the others say?",
            "Take all pieces into the mean, not only the first.",
        )
        .mistake(
            "the last piece alone",
            "Your new row is that of the last piece. Do you add, or overwrite?",
            "Add each piece's row to the sum before you divide.",
        )
        .mistake(
            "zeros without pieces",
            "A new token without pieces gets a row of zeros. What does the statement ask for?",
            "Where there are no pieces, take the mean of all old rows.",
        )
        .mistake(
            "not a number without pieces",
            "A new token without pieces gets a row that is not a number. What is 0 divided by 0?",
            "Where there are no pieces, take the mean of all old rows.",
        )
        .mistake(
            "the mean of all rows",
            "All your new rows are the same. Which old rows belong to a new token?",
            "Take only the rows whose ids stand in the token's pieces; all rows only where there are none.",
        )
        .mistake(
            "each piece once",
            "A piece that stands twice counts once in your mean. How often does it stand in the token?",
            "Go over the pieces as they are, without a set: a piece that stands twice counts twice.",
        )
        .mistake(
            "divided by the number of old tokens",
            "Your rows are too small, the more so the more old tokens there are. How many rows did you add up?",
            "Divide by the number of the token's pieces, not by that of all rows.",
        )
        .mistake(
            "two by two",
            "With three pieces the last counts too much in your row. What is the mean of the mean of two and a third?",
            "Add up all rows first, and divide once: a mean of means gives the last piece half of the weight.",
        )
        .right("as tensors", |pieces, rows| by_tensors(pieces, rows).unwrap_or_default())
        .right("each row's share, added up", |pieces, rows| {
            let count = |ids: &Vec<u32>, id: usize| ids.iter().filter(|piece| **piece as usize == id).count();
            let share = |ids: &Vec<u32>, id: usize| match ids.len() {
                0 => 1.0 / rows.len() as f32,
                all => count(ids, id) as f32 / all as f32,
            };
            let width = rows.first().map_or(0, Vec::len);
            let column = |ids: &Vec<u32>, c: usize| (0..rows.len()).map(|id| share(ids, id) * rows[id][c]).sum();
            pieces.iter().map(|ids| (0..width).map(|c| column(ids, c)).collect()).collect()
        })
}

fn note(new: &[Vec<f32>], values: &mut Values) -> Result<()> {
    values.counts("how many new rows", [new.len() as u64])?;
    let Some(first) = new.first() else { return Ok(()) };
    if let Some((i, row)) = new.iter().enumerate().find(|(_, row)| row.len() != first.len()) {
        bail!("row {i} has {} numbers, and the first has {}: all rows are equally long", row.len(), first.len());
    }
    values.push("new rows", Tensor::from_vec(new.concat(), (new.len(), first.len()), &Device::Cpu)?);
    Ok(())
}

fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week03/extend.safetensors")?;
    let case = |name: String| {
        let ids: Vec<i64> = golden.get(&name, "pieces")?.to_vec1()?;
        let mut ids = ids.into_iter().map(|id| id as u32);
        let lengths: Vec<i64> = golden.get(&name, "lengths")?.to_vec1()?;
        let pieces = lengths.into_iter().map(|length| ids.by_ref().take(length as usize).collect()).collect();
        let mut values = Values::default();
        note(&golden.get(&name, "new")?.to_vec2()?, &mut values)?;
        let rows = golden.get(&name, "rows")?.to_vec2()?;
        Ok(Case { name, input: Input { pieces, rows }, golden: Some(values) })
    };
    golden.names().into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(310);
    let mut cases = vec![];
    for (name, tokens) in [("four new tokens, drawn", 4), ("six new tokens, drawn", 6)] {
        let count = 6 + rng.sample(&[1.0; 6])?;
        let rows = rng.uniform(1.0, 3.0, (count, 4), &Device::Cpu)?.to_vec2()?;
        let mut pieces = vec![vec![1, 1, 0]];
        for _ in 1..tokens {
            let length = 2 + rng.sample(&[1.0; 3])?;
            let ids = (0..length).map(|_| Ok(rng.sample(&vec![1.0; count])? as u32)).collect::<Result<_>>()?;
            pieces.push(ids);
        }
        cases.push(Case { name: name.to_owned(), input: Input { pieces, rows }, golden: None });
    }
    Ok(cases)
}

/// The new rows with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input) -> Vec<Vec<f32>> {
    let Input { pieces, rows } = input;
    let width = rows.first().map_or(0, Vec::len);
    let all: Vec<usize> = (0..rows.len()).collect();
    let row = |ids: &Vec<u32>| -> Vec<f32> {
        let mut ids: Vec<usize> = ids.iter().map(|id| *id as usize).collect();
        let none = ids.is_empty();
        if none && has("zeros without pieces") {
            return vec![0.0; width];
        }
        if none && !has("not a number without pieces") || has("the mean of all rows") {
            ids = all.clone();
        } else {
            if has("each piece once") {
                ids.sort_unstable();
                ids.dedup();
            }
            if has("the first piece alone") {
                ids.truncate(1);
            }
            if has("the last piece alone") {
                ids = ids.last().copied().into_iter().collect();
            }
        }
        let count = if has("the sum") && !none {
            1
        } else if has("divided by the number of old tokens") {
            rows.len()
        } else {
            ids.len()
        };
        let column = |c: usize| {
            let of = |id: &usize| f64::from(rows[*id][c]);
            if has("two by two") && !none {
                ids.iter().map(of).reduce(|mean, next| (mean + next) / 2.0).unwrap_or(f64::NAN)
            } else {
                ids.iter().map(of).sum::<f64>() / count as f64
            }
        };
        (0..width).map(|c| column(c) as f32).collect()
    };
    pieces.iter().map(row).collect()
}

/// Right, in an odd way: rows chosen and averaged by candle.
fn by_tensors(pieces: &[Vec<u32>], rows: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
    let table = Tensor::new(rows.to_vec(), &Device::Cpu)?;
    let row = |ids: &Vec<u32>| {
        let chosen = if ids.is_empty() {
            table.clone()
        } else {
            table.index_select(&Tensor::new(ids.as_slice(), &Device::Cpu)?, 0)?
        };
        chosen.mean(0)?.to_vec1()
    };
    pieces.iter().map(row).collect()
}
