use std::collections::BTreeMap;

use serde::Deserialize;
use week00_workbench::fixtures;

use super::*;

type Anyhow = anyhow::Result<()>;

/// What pandas makes of a file: tests/reference/week02_table.py.
#[derive(Deserialize)]
struct Golden {
    csv: String,
    ports: String,
    figures: Figures,
    oldest_first: Vec<usize>,
    joined_hours: Vec<Option<f64>>,
    joined_cities: Vec<String>,
    titanic: Figures,
}

#[derive(Deserialize)]
struct Figures {
    describe: BTreeMap<String, Vec<Option<f64>>>,
    missing: BTreeMap<String, i64>,
    distinct: BTreeMap<String, i64>,
    counts: BTreeMap<String, Vec<(String, i64)>>,
    groups: BTreeMap<String, Vec<(String, usize, Option<f64>)>>,
    pivot: Pivot,
}

#[derive(Deserialize)]
struct Pivot {
    rows: Vec<String>,
    columns: Vec<String>,
    means: Vec<Vec<Option<f64>>>,
}

fn golden() -> anyhow::Result<Golden> {
    Ok(fixtures::json("week02/table.json")?)
}

/// The same number; the order of a sum may change its last digits.
fn close(got: Option<f64>, expected: Option<f64>, what: &str) {
    match (got, expected) {
        (None, None) => {}
        (Some(got), Some(expected)) if (got - expected).abs() <= 1e-12 * expected.abs().max(1.0) => {}
        _ => panic!("{what}: got {got:?}, expected {expected:?}"),
    }
}

/// Keys as pandas' side writes them: nothing for a missing one.
fn keys(table: &Table, column: &str) -> anyhow::Result<Vec<String>> {
    Ok(table.texts(column)?.into_iter().map(Option::unwrap_or_default).collect())
}

fn compare(table: &Table, figures: &Figures, (rows, columns, of): (&str, &str, &str)) -> Anyhow {
    let described = table.describe();
    assert_eq!(keys(&described, "column")?.len(), figures.describe.len());
    for (i, name) in keys(&described, "column")?.iter().enumerate() {
        for (summary, expected) in
            ["known", "mean", "std", "min", "25 %", "50 %", "75 %", "max"].iter().zip(&figures.describe[name])
        {
            close(described.numbers(summary)?[i], *expected, &format!("{summary} of {name}"));
        }
    }
    let overview = table.overview();
    for (i, name) in keys(&overview, "column")?.iter().enumerate() {
        assert_eq!(overview.column("missing")?.get(i), Value::Int(figures.missing[name]), "{name}");
        assert_eq!(overview.column("distinct")?.get(i), Value::Int(figures.distinct[name]), "{name}");
    }
    for (name, expected) in &figures.counts {
        let counts = table.value_counts(name)?;
        let numbers = counts.numbers("count")?;
        assert!(numbers.is_sorted_by(|a, b| a >= b), "{name}: {counts}");
        let counted: BTreeMap<String, Option<f64>> = keys(&counts, name)?.into_iter().zip(numbers).collect();
        let expected: BTreeMap<String, Option<f64>> =
            expected.iter().map(|(key, count)| (key.clone(), Some(*count as f64))).collect();
        assert_eq!(counted, expected, "{name}");
    }
    for (name, expected) in &figures.groups {
        let groups = table.group_mean(name, of)?;
        let expected_keys: Vec<&str> = expected.iter().map(|(key, ..)| key.as_str()).collect();
        assert_eq!(keys(&groups, name)?, expected_keys);
        for (i, (key, rows, mean)) in expected.iter().enumerate() {
            assert_eq!(groups.numbers("rows")?[i], Some(*rows as f64), "{name} {key}");
            close(groups.numbers("mean")?[i], *mean, &format!("{name} {key}"));
        }
    }
    let pivot = table.pivot(rows, columns, of)?;
    assert_eq!(keys(&pivot, rows)?, figures.pivot.rows);
    assert_eq!(pivot.names()[1..], figures.pivot.columns);
    for (j, column) in figures.pivot.columns.iter().enumerate() {
        for (i, means) in figures.pivot.means.iter().enumerate() {
            close(pivot.numbers(column)?[i], means[j], &format!("{column} {i}"));
        }
    }
    Ok(())
}

#[test]
fn pandas_says_the_same() -> Anyhow {
    let golden = golden()?;
    let table = Table::from_csv("table.csv", golden.csv.as_bytes())?;
    compare(&table, &golden.figures, ("class", "sex", "age"))?;
    let oldest = table.sort("age", Order::Descending)?;
    assert_eq!(oldest.numbers("id")?, golden.oldest_first.iter().map(|id| Some(*id as f64)).collect::<Vec<_>>());
    let joined = table.left_join(&Table::from_csv("ports.csv", golden.ports.as_bytes())?, "port")?;
    assert_eq!(joined.numbers("hours")?, golden.joined_hours);
    assert_eq!(keys(&joined, "city")?, golden.joined_cities);
    Ok(())
}

#[test]
fn pandas_says_the_same_of_the_titanic() -> Anyhow {
    let Some(file) = crate::read::cached("titanic/titanic.csv") else { return Ok(()) };
    let table = Table::from_csv("titanic.csv", std::fs::File::open(file)?)?;
    assert_eq!(table.rows(), 891);
    compare(&table, &golden()?.titanic, ("Pclass", "Sex", "Survived"))
}

#[test]
fn a_table_of_records_is_that_of_the_csv_crate() -> Anyhow {
    let golden = golden()?;
    let records = crate::read::from_bytes("table.csv", golden.csv.clone(), crate::read::OnBroken::Stop)?;
    assert_eq!(Table::from_records(records)?, Table::from_csv("table.csv", golden.csv.as_bytes())?);
    let lines = "{\"a\": 1, \"b\": \"x\"}\n{\"b\": null, \"c\": [1, 2]}\n{\"a\": 2.5}\n";
    let table = Table::from_records(crate::read::from_bytes("x.jsonl", lines, crate::read::OnBroken::Stop)?)?;
    let shown = "   a  b     c\n 1.0  x     null\nnull  null  [1,2]\n 2.5  null  null\n";
    assert_eq!(table.to_string(), shown);
    Ok(())
}

#[test]
fn types_are_the_narrowest_that_fit() {
    let of = |values: &[&str]| typed(values.iter().map(|value| Some((*value).to_owned())).collect()).type_name();
    assert_eq!(of(&["1", "", "-3"]), "integer");
    assert_eq!(of(&["1", "2.5", "1e3", "-.5"]), "number");
    for text in ["007", "NaN", "inf", "+1", " 1", "1,000", "01.5", "1e400", "12345678901234567890", "0x1F", "-", "."] {
        assert_eq!(of(&["1", text]), "text", "{text}");
    }
    assert_eq!(of(&["", ""]), "text");
    assert_eq!(of(&["-0", "0"]), "integer");
}

#[test]
fn what_is_missing_stays_missing() -> Anyhow {
    let table = Table::from_csv("t.csv", "key,x\na,1\n,2\na,\nb,\n".as_bytes())?;
    assert_eq!(
        table.group_mean("key", "x")?.to_string(),
        "key   rows  mean\na        2     1\nb        1  null\nnull     1     2\n"
    );
    assert_eq!(table.column("x")?.type_name(), "integer");
    let ports = Table::from_csv("p.csv", "key,x\na,10\n,20\n".as_bytes())?;
    assert_eq!(table.left_join(&ports, "key")?.numbers("x_right")?, [Some(10.0), None, Some(10.0), None]);
    assert_eq!(table.filter("x", |x| x.is_missing())?.rows(), 2);
    assert_eq!(Summary::of(&[None]), Summary { known: 0, mean: None, std: None, quartiles: None });
    assert_eq!(Summary::of(&[Some(3.0)]).std, None);
    Ok(())
}

#[test]
fn tables_are_aligned_for_hangul() -> Anyhow {
    let table = Table::from_csv("t.csv", "이름,수\n김하나,1.5\nb,\n\"긴\n줄\",22\n".as_bytes())?;
    assert_eq!(table.to_string(), "이름      수\n김하나   1.5\nb       null\n긴␣줄   22.0\n");
    let long: String = "가".repeat(100);
    let table = Table::new([("text", Column::Text(vec![Some(long)]))])?;
    assert!(table.to_string().lines().all(|line| week00_workbench::width_of(line) <= 32), "{table}");
    let many = Table::new([("n", Column::Int((0..25).map(Some).collect()))])?;
    assert!(many.to_string().ends_with("19\n… and 5 more rows\n"), "{many}");
    Ok(())
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let said = |text: &str| Table::from_csv("t.csv", text.as_bytes()).expect_err(text).to_string();
    assert!(
        said("a,b\n1,2\n3\n").starts_with("t.csv, line 3: fields: 1, where the first line has 2"),
        "{}",
        said("a,b\n1,2\n3\n")
    );
    assert_eq!(said("a,a\n1,2\n"), "two columns are named \"a\": rename one of them");
    let wrong = Table::from_csv("t.csv", &b"a\nx\n\xff\n"[..]).expect_err("not UTF-8").to_string();
    assert!(wrong.starts_with("t.csv, line 3: invalid utf-8"), "{wrong}");
    let table = Table::from_csv("t.csv", "a,b\nx,1\n".as_bytes()).expect("a table");
    assert_eq!(
        table.group_mean("c", "b").expect_err("no column").to_string(),
        "there is no column \"c\": the columns are a, b"
    );
    assert_eq!(
        table.group_mean("b", "a").expect_err("texts").to_string(),
        "the column \"a\" holds texts, such as \"x\", where numbers are needed"
    );
    assert!(
        table.clone().with("c", Column::Int(vec![])).is_err()
            && Table::from_csv("t", &b""[..]).is_ok_and(|t| t.rows() == 0)
    );
}
