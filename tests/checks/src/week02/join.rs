//! The check of `week02/join`: pairs of rows against pandas (`tests/reference/week02_join.py`).

use std::collections::HashMap;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::join::left_join;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Pair = (usize, Option<usize>);

/// The function under test: `left_join(left, right)`.
pub type Subject = fn(&[String], &[String]) -> Vec<Pair>;

/// Grades a crate's `left_join`.
#[macro_export]
macro_rules! week02_join {
    ($($subject:tt)+) => {
        $crate::week02::join::check().grade(&{ $($subject)+::join::left_join as $crate::week02::join::Subject })
    };
}

/// The keys of two tables.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    left: Vec<String>,
    right: Vec<String>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(&subject(&input.left, &input.right), values);
        Ok(())
    };
    Check::new("week02/join", left_join as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "rows without a match left out",
            "Rows of the left table are missing from your result: those whose key the right table does not have. Which rows does a left join keep?",
            "Every row of the left table appears at least once, beside `None` where no row of the right table has its key.",
        )
        .mistake(
            "first match only",
            "Where a key stands twice in the right table, you give its first row alone. Which row is the right one?",
            "All of them: a left row appears once for each row of the right table with its key.",
        )
        .mistake(
            "last match only",
            "Where a key stands twice in the right table, you give its last row alone. What does a map do with a key that is inserted again?",
            "Inserting again replaces: keep a list of rows for each key, and give all of them.",
        )
        .mistake(
            "one pair for each left key",
            "A key that stands twice in the left table comes out once. Is a key a row?",
            "Go over the rows of the left table, not over its different keys.",
        )
        .mistake(
            "in the order of the right table",
            "Your pairs are right, and stand in the order of the right table. Whose order does a left join keep?",
            "Let the outer loop go over the left table, and the inner one over the right.",
        )
        .mistake(
            "unmatched rows last",
            "Your pairs are right, and the rows without a match stand at the end. Whose order does a left join keep?",
            "Decide for each row of the left table as you come to it: its matches, or `None`.",
        )
        .mistake(
            "sorted by key",
            "Your pairs are right, and sorted by their keys. Whose order does a left join keep?",
            "Keep the order of the left table's rows: go over them one by one, and look each key up.",
        )
        .mistake(
            "None for every row that does not match",
            "A row of the left table appears with `None` once for each row that does not match it. When has a row no match?",
            "`None` belongs to a row for which no row of the right table matches: decide after you have seen them all.",
        )
        .mistake(
            "row beside row",
            "You compare each row with the row of the same number alone. Where may the row with the same key stand?",
            "It may stand anywhere in the right table: look for it in all rows, or in a map of them.",
        )
        .right("two loops", |left, right| {
            let mut pairs = vec![];
            for (i, key) in left.iter().enumerate() {
                let before = pairs.len();
                pairs.extend(right.iter().enumerate().filter(|(_, other)| *other == key).map(|(j, _)| (i, Some(j))));
                if pairs.len() == before {
                    pairs.push((i, None));
                }
            }
            pairs
        })
        .right("a hash map, and rows of the right table chained from the last", |left, right| {
            let (mut first, mut next): (HashMap<&str, usize>, Vec<Option<usize>>) = (HashMap::new(), vec![None; right.len()]);
            for (row, key) in right.iter().enumerate().rev() {
                next[row] = first.insert(key, row);
            }
            let mut pairs = vec![];
            for (row, key) in left.iter().enumerate() {
                let mut place = first.get(key.as_str()).copied();
                pairs.push((row, place));
                while let Some(following) = place.and_then(|place| next[place]) {
                    place = Some(following);
                    pairs.push((row, place));
                }
            }
            pairs
        })
}

/// Notes the pairs, each as it is written in Rust.
fn note(pairs: &[Pair], values: &mut Values) {
    values.texts("pairs", pairs.iter().map(|pair| format!("{pair:?}")));
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
        pairs: Vec<Pair>,
        #[serde(flatten)]
        input: Input,
    }
    let file: File = fixtures::json("week02/join.json")?;
    let case = |case: Golden| {
        let mut values = Values::default();
        note(&case.pairs, &mut values);
        Case { name: case.name, input: case.input, golden: Some(values) }
    };
    Ok(file.cases.into_iter().map(case).collect())
}

/// Edges, by hand.
fn edges() -> Vec<Case<Input>> {
    let case = |name: &str, left: &[&str], right: &[&str]| Case {
        name: name.to_owned(),
        input: Input {
            left: left.iter().map(|key| (*key).to_owned()).collect(),
            right: right.iter().map(|key| (*key).to_owned()).collect(),
        },
        golden: None,
    };
    vec![
        case("two empty tables", &[], &[]),
        case("an empty left table", &[], &["S"]),
        case("an empty right table", &["S", "C"], &[]),
        case("an empty key is a key", &["", "S"], &["S", ""]),
        case("one match and one row without", &["S", "X"], &["S"]),
        case("a key twice on the right", &["S"], &["S", "S"]),
    ]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(62);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let names = ["부산", "서울", "제주", "광주", "대구", "인천"];
    let mut keys = |rows: usize, of: &[&str]| -> Result<Vec<String>> {
        (0..rows).map(|_| Ok(of[below(of.len())?].to_owned())).collect()
    };
    let mut cases = vec![];
    for (rows, others) in [(5, 4), (9, 7), (20, 12)] {
        let input = Input { left: keys(rows, &names)?, right: keys(others, &names[2..])? };
        cases.push(Case { name: format!("{rows} rows and {others}, drawn"), input, golden: None });
    }
    Ok(cases)
}

/// A join with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let mut pairs: Vec<Pair> = vec![];
    for (i, key) in input.left.iter().enumerate() {
        if has("one pair for each left key") && input.left[..i].contains(key) {
            continue;
        }
        let fits = |(j, other): &(usize, &String)| *other == key && (!has("row beside row") || *j == i);
        let mut matches: Vec<usize> = input.right.iter().enumerate().filter(fits).map(|(j, _)| j).collect();
        if has("first match only") {
            matches.truncate(1);
        } else if has("last match only") {
            matches = matches.last().copied().into_iter().collect();
        }
        if has("None for every row that does not match") {
            pairs.extend((0..input.right.len()).map(|j| (i, matches.contains(&j).then_some(j))));
        } else if matches.is_empty() && !has("rows without a match left out") {
            pairs.push((i, None));
        } else {
            pairs.extend(matches.into_iter().map(|j| (i, Some(j))));
        }
    }
    if has("rows without a match left out") {
        pairs.retain(|(_, j)| j.is_some());
    }
    if has("in the order of the right table") {
        pairs.sort_by_key(|(i, j)| (j.is_none(), *j, *i));
    } else if has("sorted by key") {
        pairs.sort_by(|a, b| input.left[a.0].cmp(&input.left[b.0]));
    }
    if has("unmatched rows last") {
        pairs.sort_by_key(|(_, j)| j.is_none());
    }
    note(&pairs, values);
    Ok(())
}
