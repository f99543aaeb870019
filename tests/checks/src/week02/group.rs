//! The check of `week02/group`: group means against pandas (`tests/reference/week02_group.py`).

use std::collections::HashMap;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::group::group_mean;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Group = (String, usize, Option<f64>);

/// The function under test: `group_mean(keys, values)`.
pub type Subject = fn(&[String], &[Option<f64>]) -> Vec<Group>;

/// Grades a crate's `group_mean`.
#[macro_export]
macro_rules! week02_group {
    ($($subject:tt)+) => {
        $crate::week02::group::check().grade(&{ $($subject)+::group::group_mean as $crate::week02::group::Subject })
    };
}

/// Rows: a key and a value each.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    keys: Vec<String>,
    values: Vec<Option<f64>>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| note(subject(&input.keys, &input.values), values);
    Check::new("week02/group", group_mean as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "missing as 0",
            "Your means are too near to 0 where a value is missing. By how many values do you divide?",
            "A missing value takes no part in the mean: divide the sum by the number of known values, not of rows.",
        )
        .mistake(
            "only known values counted",
            "Your means are right, and your row counts are too small where a value is missing. Is a row without a value a row?",
            "Count every row of the key, and count the known values apart from them.",
        )
        .mistake(
            "group without values left out",
            "A key of which no value is known is not in your result. How many rows have it?",
            "Such a group has its rows and the mean `None`: make the group before you look at the value.",
        )
        .mistake(
            "0 for an unknown mean",
            "You give the mean 0 to a group of which nothing is known. Would anybody see that it was not measured?",
            "The mean of no values is `None`, not 0.",
        )
        .mistake(
            "NaN for an unknown mean",
            "You give a mean that is not a number to a group of which nothing is known. What is 0 divided by 0?",
            "Test the number of known values before you divide: the mean of none is `None`.",
        )
        .mistake(
            "not sorted",
            "Your groups are right, and do not stand in the order of their keys. In which order does a `HashMap` give its keys?",
            "Sort by the key; a `BTreeMap` keeps its keys sorted.",
        )
        .mistake(
            "only neighbours grouped",
            "A key stands in your result more than once. What happens to a row whose key has come up before, farther up?",
            "Neighbours alone are not a group: look the key up in a map of all groups so far.",
        )
        .mistake(
            "sum for mean",
            "Your numbers grow with the number of rows. What makes a sum a mean?",
            "Divide the sum of the known values by how many they are.",
        )
        .mistake(
            "difference from the last mean",
            "Your mean depends on the order of the rows. Is the mean of a mean and a value the mean of all?",
            "Averaging each value with the mean so far gives the last ones too much weight: keep the sum and the count.",
        )
        .right("sorted rows, run by run", |keys, values| {
            let mut rows: Vec<(&String, Option<f64>)> = keys.iter().zip(values.iter().copied()).collect();
            rows.sort_by(|a, b| a.0.cmp(b.0));
            rows.chunk_by(|a, b| a.0 == b.0)
                .map(|run| {
                    let known: Vec<f64> = run.iter().filter_map(|(_, value)| *value).collect();
                    let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
                    (run[0].0.clone(), run.len(), mean)
                })
                .collect()
        })
        .right("a hash map and running means", |keys, values| {
            let mut groups: HashMap<&str, (usize, f64, f64)> = HashMap::new();
            for (key, value) in keys.iter().zip(values) {
                let (rows, known, mean) = groups.entry(key).or_default();
                *rows += 1;
                if let Some(value) = value {
                    *known += 1.0;
                    *mean += (value - *mean) / *known;
                }
            }
            let mut groups: Vec<Group> = groups
                .into_iter()
                .map(|(key, (rows, known, mean))| (key.to_owned(), rows, (known > 0.0).then_some(mean)))
                .collect();
            groups.sort_by(|a, b| a.0.cmp(&b.0));
            groups
        })
}

/// Notes the groups in the order of their keys, and whether they came in it: there are many wrong orders. Means to six
/// decimals, since the order of a sum changes the digits after them.
fn note(mut groups: Vec<Group>, values: &mut Values) -> Result<()> {
    let is_sorted = groups.is_sorted_by(|a, b| a.0 <= b.0);
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    values.texts("keys", groups.iter().map(|(key, ..)| key.clone()));
    values.counts("rows", groups.iter().map(|(_, rows, _)| *rows))?;
    // Minus 0 is 0.
    let mean =
        |mean: &Option<f64>| mean.map_or("None".to_owned(), |mean| format!("{:?}", (mean * 1e6).round() / 1e6 + 0.0));
    values.texts("means", groups.iter().map(|(.., of)| mean(of)));
    values.text("order", if is_sorted { "sorted by key" } else { "not sorted by key" });
    Ok(())
}

/// The cases of pandas.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Golden>,
    }
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        groups: Vec<Group>,
        #[serde(flatten)]
        input: Input,
    }
    let file: File = fixtures::json("week02/group.json")?;
    file.cases
        .into_iter()
        .map(|case| {
            let mut values = Values::default();
            note(case.groups, &mut values)?;
            Ok(Case { name: case.name, input: case.input, golden: Some(values) })
        })
        .collect()
}

/// Edges, by hand.
fn edges() -> Vec<Case<Input>> {
    let case = |name: &str, rows: &[(&str, Option<f64>)]| Case {
        name: name.to_owned(),
        input: Input {
            keys: rows.iter().map(|(key, _)| (*key).to_owned()).collect(),
            values: rows.iter().map(|(_, value)| *value).collect(),
        },
        golden: None,
    };
    vec![
        case("no rows", &[]),
        case("one row", &[("S", Some(7.25))]),
        case("one row without a value", &[("S", None)]),
        case("a value of 0 is known", &[("나", Some(0.0)), ("가", Some(4.0)), ("나", Some(3.0))]),
        case(
            "half of it missing",
            &[("S", Some(30.0)), ("C", Some(50.0)), ("S", None), ("C", None), ("S", Some(20.0))],
        ),
    ]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(61);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let names = ["부산", "서울", "제주", "광주", "대구"];
    let mut cases = vec![];
    for rows in [6, 15, 31] {
        let (mut keys, mut values) = (vec![], vec![]);
        for _ in 0..rows {
            keys.push(names[below(names.len())?].to_owned());
            let value = below(400)? as f64 / 4.0;
            values.push((below(4)? > 0).then_some(value));
        }
        cases.push(Case { name: format!("{rows} rows, drawn"), input: Input { keys, values }, golden: None });
    }
    Ok(cases)
}

/// Group means with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    #[derive(Default, Clone)]
    struct State {
        rows: usize,
        known: usize,
        sum: f64,
        mean: f64,
    }
    let mut groups: Vec<(String, State)> = vec![];
    for (key, value) in input.keys.iter().zip(&input.values) {
        let last = groups.len().saturating_sub(1);
        let place = groups
            .iter()
            .enumerate()
            .position(|(i, (known, _))| known == key && (!has("only neighbours grouped") || i == last));
        let place = place.unwrap_or_else(|| {
            groups.push((key.clone(), State::default()));
            groups.len() - 1
        });
        let state = &mut groups[place].1;
        state.rows += 1;
        if let Some(value) = value {
            state.known += 1;
            state.sum += value;
            state.mean = if state.known == 1 { *value } else { (state.mean + value) / 2.0 };
        }
    }
    if !has("not sorted") {
        groups.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let groups = groups
        .into_iter()
        .filter(|(_, state)| state.known > 0 || !has("group without values left out"))
        .map(|(key, state)| {
            let rows = if has("only known values counted") { state.known } else { state.rows };
            let divisor = if has("missing as 0") { state.rows } else { state.known };
            let mean = match state.known {
                0 if has("missing as 0") || has("0 for an unknown mean") => Some(0.0),
                0 if has("NaN for an unknown mean") => Some(f64::NAN),
                0 => None,
                _ if has("sum for mean") => Some(state.sum),
                _ if has("difference from the last mean") => Some(state.mean),
                _ => Some(state.sum / divisor as f64),
            };
            (key, rows, mean)
        })
        .collect();
    note(groups, values)
}
