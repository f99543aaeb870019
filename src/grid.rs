//! A grid: one row of attention as a table whose numbers the reader changes, or works out by hand.
//!
//! A page holds it as a fence of TOML. Here the table is read and worked once, so that it is whole on paper, in the notebook
//! and without JavaScript; `book/theme/grid.js` works it again whenever the reader changes a number. The two do the same
//! arithmetic in the same order, and round alike.
//!
//! ```toml
//! caption = "The row of one word"     # what the table shows
//! word = "ate"                        # whose query it is
//! query = [1, 3]
//! places = ["subject", "object"]      # what the elements of queries and keys mean
//! features = ["animal"]               # what the elements of values mean
//! [[key]]
//! word = "cat"
//! key = [1, 0]
//! value = [10]
//! ```

use std::ops::Range;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use toml::Spanned;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::markup::{escape, inline_html};

/// The largest element of a query or a key: with at most [`MOST_PLACES`] of them, $e$ to no score overflows.
const LARGEST: f64 = 10.0;
/// The largest element of a value.
const LARGEST_VALUE: f64 = 1000.0;
const MOST_PLACES: usize = 8;
const MOST_WORDS: usize = 8;

/// One query over a few words.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// What the table shows.
    pub caption: String,
    /// The word whose query it is.
    pub word: String,
    /// The query: `(D,)`.
    pub query: Vec<f64>,
    /// What the elements of queries and keys mean: `D` of them.
    pub places: Vec<String>,
    /// What the elements of values mean: `Dv` of them.
    pub features: Vec<String>,
    /// The words that it looks at: `T` of them.
    pub keys: Vec<Key>,
}

/// A word that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The word.
    pub word: String,
    /// What it can be found by: `(D,)`.
    pub key: Vec<f64>,
    /// What it hands over: `(Dv,)`.
    pub value: Vec<f64>,
}

/// A grid as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    caption: Spanned<String>,
    word: Spanned<String>,
    query: Spanned<Vec<f64>>,
    places: Spanned<Vec<Spanned<String>>>,
    features: Spanned<Vec<Spanned<String>>>,
    #[serde(rename = "key")]
    keys: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    word: Spanned<String>,
    key: Spanned<Vec<f64>>,
    value: Spanned<Vec<f64>>,
}

impl Grid {
    /// Reads the TOML of a grid whose first line is line `first` of its file.
    ///
    /// # Errors
    /// When it is not a grid; the message gives the line.
    pub fn parse(text: &str, first: usize) -> Result<Self> {
        let wrong = |at: Option<Range<usize>>, what: &str| {
            let before = at.map_or("", |at| text.get(..at.start).unwrap_or_default());
            anyhow!("line {}: {what}", first + before.matches('\n').count())
        };
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.span(), error.message()))?;
        let Written { caption, word, query, places, features, keys } = written;
        let line = |text: Spanned<String>| match text.get_ref().contains(['\n', '\r']) {
            true => Err(wrong(Some(text.span()), &format!("{:?} holds a line break", text.get_ref()))),
            false => Ok(text.into_inner()),
        };
        let names = |what: &str, names: Spanned<Vec<Spanned<String>>>, most: usize| match names.get_ref().len() {
            count if (1..=most).contains(&count) => {
                names.into_inner().into_iter().map(line).collect::<Result<Vec<_>>>()
            }
            count => Err(wrong(Some(names.span()), &format!("{what} has {count} names, and needs 1 to {most}"))),
        };
        let numbers = |what: String, numbers: Spanned<Vec<f64>>, count: usize, largest: f64| {
            let found = numbers.get_ref().len();
            if found != count {
                return Err(wrong(Some(numbers.span()), &format!("{what} has {found} numbers, and needs {count}")));
            }
            match numbers.get_ref().iter().find(|number| number.is_nan() || number.abs() > largest) {
                Some(number) => Err(wrong(
                    Some(numbers.span()),
                    &format!("{what} holds {number}, and goes from -{largest} to {largest}"),
                )),
                None => Ok(numbers.into_inner()),
            }
        };
        let (caption, word) = (line(caption)?, line(word)?);
        let places = names("places", places, MOST_PLACES)?;
        let features = names("features", features, MOST_PLACES)?;
        if !(1..=MOST_WORDS).contains(&keys.len()) {
            return Err(wrong(None, &format!("it has {} keys, and needs 1 to {MOST_WORDS}", keys.len())));
        }
        let query = numbers("query".to_owned(), query, places.len(), LARGEST)?;
        let keys = keys
            .into_iter()
            .map(|WrittenKey { word, key, value }| {
                let word = line(word)?;
                let key = numbers(format!("the key of {word}"), key, places.len(), LARGEST)?;
                let value = numbers(format!("the value of {word}"), value, features.len(), LARGEST_VALUE)?;
                Ok(Key { word, key, value })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { caption, word, query, places, features, keys })
    }

    /// Everything in it that a person reads.
    pub fn sentences(&mut self) -> impl Iterator<Item = &mut String> {
        let words = self.keys.iter_mut().map(|key| &mut key.word);
        [&mut self.caption, &mut self.word].into_iter().chain(&mut self.places).chain(&mut self.features).chain(words)
    }

    /// Its numbers.
    pub fn work(&self) -> Worked {
        let root = (self.query.len() as f64).sqrt();
        let products: Vec<f64> =
            self.keys.iter().map(|key| self.query.iter().zip(&key.key).map(|(a, b)| a * b).sum()).collect();
        let scores: Vec<f64> = products.iter().map(|product| product / root).collect();
        let exps: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
        let sum: f64 = exps.iter().sum();
        let weights: Vec<f64> = exps.iter().map(|exp| exp / sum).collect();
        let mut context = vec![0.0; self.features.len()];
        for (weight, key) in weights.iter().zip(&self.keys) {
            for (sum, x) in context.iter_mut().zip(&key.value) {
                *sum += weight * x;
            }
        }
        Worked { products, scores, exps, sum, weights, context }
    }
}

/// The numbers of a grid, a step of the arithmetic after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    /// The dot products of the query with each key.
    pub products: Vec<f64>,
    /// The products, divided by the root of `D`.
    pub scores: Vec<f64>,
    /// $e$ to each score.
    pub exps: Vec<f64>,
    /// Their sum.
    pub sum: f64,
    /// Each of them divided by the sum.
    pub weights: Vec<f64>,
    /// The average of the values with these weights.
    pub context: Vec<f64>,
}

/// A number with this many decimals, as `grid.js` writes it: a half is rounded away from 0, and from a million on there is an
/// exponent.
fn fixed(number: f64, decimals: usize) -> String {
    if number.abs() >= 1e6 {
        // Rust rounds an exact half to the even digit: the next number is above it.
        let unit = 10.0_f64.powi(number.abs().log10() as i32 - 3);
        let half = number.abs() % unit == unit / 2.0;
        let number = if half { number * (1.0 + f64::EPSILON) } else { number };
        return format!("{number:.3e}").replace('-', "−");
    }
    let unit = 10.0_f64.powi(decimals as i32);
    let rounded = (number.abs() * unit).round() / unit;
    let sign = if number < 0.0 && rounded > 0.0 { "−" } else { "" };
    format!("{sign}{rounded:.decimals$}")
}

/// A number with up to three decimals.
fn short(number: f64) -> String {
    let text = fixed(number, 3);
    if text.contains('.') && !text.contains('e') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// The grid as a table of HTML, finished: the script turns what can be changed into fields.
///
/// # Errors
/// When a formula in its head is not understood.
pub fn html(grid: &Grid, text: &Catalogue) -> Result<String> {
    let Grid { caption, word, query, places, features, keys } = grid;
    let Worked { products, scores, exps, sum, weights, context } = grid.work();
    let (d, dv) = (places.len(), features.len());
    let field = |part: &str, column: usize, number: f64, largest: f64, label: String| {
        format!(
            "<td data-part=\"{part}\" data-column=\"{column}\"><input class=\"ws-grid-field\" value=\"{number}\" \
             data-largest=\"{largest}\" aria-label=\"{}\" autocomplete=\"off\" spellcheck=\"false\" readonly></td>",
            escape(&label)
        )
    };
    let worked = |part: &str, column: usize, shown: &str| {
        format!("<td data-part=\"{part}\" data-column=\"{column}\"><span class=\"ws-grid-shown\">{shown}</span></td>")
    };
    let heads = |names: &[String]| -> String {
        names.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect()
    };
    let gap = |columns: usize| format!("<td class=\"ws-grid-gap\" colspan=\"{columns}\"></td>");

    let mut head = format!(
        "<tr><td rowspan=\"2\">{}</td><th scope=\"colgroup\" colspan=\"{d}\">{}</th>",
        escape(&tr!(text, "may look at")),
        escape(&tr!(text, "key"))
    );
    let [product, score, exp, weight] =
        [tr!(text, "product"), tr!(text, "score"), tr!(text, "$e$ to the score"), tr!(text, "weight")];
    for name in [product, score, exp, weight] {
        head += &format!("<th scope=\"col\">{}</th>", inline_html(&name)?);
    }
    head += &format!(
        "<th scope=\"colgroup\" colspan=\"{dv}\">{}</th></tr>\n<tr>{}",
        escape(&tr!(text, "value")),
        heads(places)
    );
    for formula in ["$q \\cdot k$".to_owned(), format!("$/ \\sqrt{{{d}}}$"), "$e^s$".to_owned(), "$/ \\sum$".to_owned()]
    {
        head += &format!("<td>{}</td>", inline_html(&formula)?);
    }
    head += &format!("{}</tr>", heads(features));

    let mut body = format!("<tr><th scope=\"row\">{}</th>", escape(&tr!(text, "query of {word}", word = word)));
    for (i, (place, number)) in places.iter().zip(query).enumerate() {
        body += &field("query", i, *number, LARGEST, tr!(text, "query, {place}", place = place));
    }
    body += &format!("{}</tr>\n", gap(4 + dv));
    for (row, Key { word, key, value }) in keys.iter().enumerate() {
        let may = escape(&tr!(text, "may look at {word}", word = word));
        body += &format!(
            "<tr data-key=\"{row}\"><th scope=\"row\"><label><input type=\"checkbox\" aria-label=\"{may}\" checked disabled> \
             <span>{}</span></label></th>",
            escape(word)
        );
        for (i, (place, number)) in places.iter().zip(key).enumerate() {
            let label = tr!(text, "key of {word}, {place}", word = word, place = place);
            body += &field("key", i, *number, LARGEST, label);
        }
        body += &worked("product", 0, &short(products[row]));
        body += &worked("score", 0, &short(scores[row]));
        body += &worked("exp", 0, &fixed(exps[row], 3));
        body += &format!(
            "<td data-part=\"weight\" data-column=\"0\"><span class=\"ws-grid-shown\">{}</span>\
             <span class=\"ws-grid-bar\" style=\"--ws-weight: {:.4}\"></span></td>",
            fixed(weights[row], 3),
            weights[row]
        );
        for (i, (feature, number)) in features.iter().zip(value).enumerate() {
            let label = tr!(text, "value of {word}, {feature}", word = word, feature = feature);
            body += &field("value", i, *number, LARGEST_VALUE, label);
        }
        body += "</tr>\n";
    }
    body += &format!("<tr class=\"ws-grid-sum\"><th scope=\"row\">{}</th>{}", escape(&tr!(text, "sum")), gap(d + 2));
    let total: f64 = weights.iter().sum();
    body += &format!("{}{}{}</tr>\n", worked("sum", 0, &fixed(sum, 3)), worked("total", 0, &fixed(total, 3)), gap(dv));
    body += &format!(
        "<tr class=\"ws-grid-context\"><th scope=\"row\">{}</th><td class=\"ws-grid-gap\" colspan=\"{}\">{}</td>",
        escape(&tr!(text, "context")),
        d + 4,
        escape(&tr!(text, "weights times values, added up"))
    );
    for (i, number) in context.iter().enumerate() {
        body += &worked("context", i, &fixed(*number, 2));
    }
    body += "</tr>";

    let caption = escape(caption);
    let [work, show, reset] =
        [tr!(text, "Work it yourself"), tr!(text, "Show the numbers"), tr!(text, "Reset")].map(|text| escape(&text));
    Ok(format!(
        "<section class=\"ws-grid\" aria-label=\"{caption}\">\n<p class=\"ws-label\">{caption}</p>\n\
         <div class=\"table-wrapper\"><table>\n<thead>\n{head}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n\
         <p class=\"ws-grid-says\"></p>\n<div class=\"ws-bar\">\
         <button type=\"button\" class=\"ws-button\" data-mode=\"work\" aria-pressed=\"true\">{work}</button>\
         <button type=\"button\" class=\"ws-button\" data-mode=\"show\" aria-pressed=\"false\">{show}</button>\
         <button type=\"button\" class=\"ws-button ws-quiet\" data-mode=\"reset\">{reset}</button></div>\n</section>"
    ))
}

/// Text as Markdown shows it: nothing in it is markup, nor ends a cell of a table.
fn literal(text: &str) -> String {
    let markup = |c: char| matches!(c, '\\' | '*' | '_' | '<' | '&' | '$' | '|' | '`' | '[' | '~');
    text.chars().flat_map(|c| markup(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The grid as a table of Markdown, finished, for the notebook.
pub fn markdown(grid: &Grid, text: &Catalogue) -> String {
    let Grid { caption, word, query, places, features, keys } = grid;
    let Worked { products, scores, exps, sum, weights, context } = grid.work();
    let blank = |count: usize| vec![String::new(); count];
    let all = |numbers: &[f64]| numbers.iter().map(|number| short(*number)).collect::<Vec<_>>();
    let literals = |names: &[String]| names.iter().map(|name| literal(name)).collect::<Vec<_>>();
    let row = |parts: &[Vec<String>]| format!("| {} |\n", parts.concat().join(" | "));
    let (d, dv) = (places.len(), features.len());
    let names = vec![tr!(text, "product"), tr!(text, "score"), tr!(text, "$e$ to the score"), tr!(text, "weight")];
    let mut out = format!("{}\n\n", literal(caption));
    out += &row(&[blank(1), literals(places), names, literals(features)]);
    out += &row(&[vec!["---".to_owned(); 1 + d + 4 + dv]]);
    out += &row(&[vec![tr!(text, "query of {word}", word = literal(word))], all(query), blank(4 + dv)]);
    for (i, Key { word, key, value }) in keys.iter().enumerate() {
        let worked = vec![short(products[i]), short(scores[i]), fixed(exps[i], 3), fixed(weights[i], 3)];
        out += &row(&[vec![literal(word)], all(key), worked, all(value)]);
    }
    let total: f64 = weights.iter().sum();
    out += &row(&[vec![tr!(text, "sum")], blank(d + 2), vec![fixed(sum, 3), fixed(total, 3)], blank(dv)]);
    let context = context.iter().map(|number| fixed(*number, 2)).collect();
    out + &row(&[vec![tr!(text, "context")], blank(d + 4), context])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;
    use crate::page::{Kind, Page};

    const GOOD: &str = "caption = \"c\"\nword = \"a\"\nquery = [1, -2.5]\nplaces = [\"x\", \"y\"]\nfeatures = [\"f\"]\n\
                        [[key]]\nword = \"k\"\nkey = [0, 1]\nvalue = [3]\n";

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let page = |toml: &str| {
            let front = "+++\nminutes = 1\ncore = true\ntier = \"laptop\"\n+++\n";
            Page::parse("a", std::path::Path::new("a.md"), &format!("{front}# A\n\n```grid\n{toml}```\n"))
        };
        assert!(page(GOOD).is_ok());
        for (from, to, line, says) in [
            ("query = [1, -2.5]", "query = [1]", 11, "query has 1 numbers, and needs 2"),
            ("query = [1, -2.5]", "query = [1, \"two\"]", 11, "invalid type"),
            ("query = [1, -2.5]", "query = [1, nan]", 11, "NaN"),
            ("query = [1, -2.5]", "query = [1, 1e999]", 11, ""),
            ("query = [1, -2.5]", "query = [1, 10.5]", 11, "-10 to 10"),
            ("query = [1, -2.5]", "query = [1, -2,5]", 11, "query has 3 numbers"),
            ("key = [0, 1]", "key = [0, 1, 2]", 16, "the key of k has 3 numbers, and needs 2"),
            ("value = [3]", "value = []", 17, "the value of k has 0 numbers, and needs 1"),
            ("places = [\"x\", \"y\"]", "places = []", 12, "places has 0 names"),
            ("value = [3]", "values = [3]", 17, "unknown field"),
            ("caption = \"c\"", "caption = \"c\\nd\"", 9, "holds a line break"),
            ("word = \"a\"", "word = \"a\\rb\"", 10, "holds a line break"),
            ("\"x\", \"y\"", "\"x\", \"y\\n\"", 12, "holds a line break"),
            ("\"f\"", "\"f\\n\\ng\"", 13, "holds a line break"),
            ("word = \"k\"", "word = \"k\\n| x\"", 15, "holds a line break"),
            ("[[key]]\nword = \"k\"\nkey = [0, 1]\nvalue = [3]\n", "key = []\n", 9, "0 keys"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = format!("{:#}", page(&GOOD.replace(from, to)).expect_err(to));
            let place = error.contains(&format!("line {line}: "));
            assert!(error.starts_with("a.md:8: ") && place && error.contains(says), "{to}: {error}");
        }
    }

    #[test]
    fn numbers_are_those_of_pytorch() {
        let file = workshop_base::root().join("tests/fixtures/week04/grid.txt");
        let text = std::fs::read_to_string(file).expect("the golden values");
        let mut checked = 0;
        for case in text.split("case ").skip(1) {
            let all = |name: &str| -> Vec<Vec<f64>> {
                let lines = case.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
                lines.map(|line| line.split(' ').map(|x| x.parse().expect("a number")).collect()).collect()
            };
            if all("looks")[0].contains(&0.0) {
                continue; // the reader blocks words, not the page
            }
            let keys = all("key").into_iter().zip(all("value"));
            let grid = Grid {
                caption: String::new(),
                word: String::new(),
                query: all("query").remove(0),
                places: vec![String::new(); 4],
                features: vec![String::new(); 2],
                keys: keys.map(|(key, value)| Key { word: String::new(), key, value }).collect(),
            };
            let Worked { products, scores, exps, sum, weights, context } = grid.work();
            for (name, found) in [
                ("products", products),
                ("scores", scores),
                ("exps", exps),
                ("sum", vec![sum]),
                ("weights", weights),
                ("context", context),
            ] {
                let expected = &all(name)[0];
                assert_eq!(found.len(), expected.len());
                let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
                assert!(found.iter().zip(expected).all(near), "{name}: {found:?}, not {expected:?} in {case}");
                checked += found.len();
            }
        }
        assert!(checked > 60, "{checked}");
    }

    #[test]
    fn the_page_says_what_its_cells_print() -> Result<()> {
        let course = Course::read()?;
        let page = course.page("week04-attention/02-scaled-dot-product")?;
        let mut grids =
            page.blocks.iter().filter_map(|block| if let Kind::Grid(grid) = &block.kind { Some(grid) } else { None });
        let grid = grids.next_back().expect("a grid");
        let printed =
            |cell: usize| page.cells().nth(cell - 1).and_then(|cell| cell.output.as_deref()).unwrap_or_default();
        let word = |key: &Key| key.word.split(' ').next().unwrap_or_default().to_owned();
        let worked = grid.work();
        let weights =
            grid.keys.iter().zip(&worked.weights).map(|(key, w)| format!("{}  {}\n", fixed(*w, 3), word(key)));
        assert_eq!(weights.collect::<String>(), printed(2), "what week04_attention::naive::weights_of gives");
        let scores = grid.keys.iter().zip(worked.products.iter().zip(&worked.scores));
        let scores = scores.map(|(key, (p, s))| format!("product {p:.0}, score {s:.1}  {}\n", word(key)));
        assert_eq!(scores.collect::<String>(), printed(1));
        let [animal, food] = worked.context[..] else { anyhow::bail!("two features") };
        let row = format!("animal {}, food {}  먹었다", fixed(animal, 2), fixed(food, 2));
        assert_eq!(Some(row.as_str()), printed(3).lines().last(), "what week04_attention::naive::attention gives");
        Ok(())
    }

    #[test]
    fn it_is_a_table_of_markdown_and_of_html() -> Result<()> {
        let mut grid = Grid::parse(GOOD, 1)?;
        assert_eq!(grid.sentences().count(), 6);
        grid.word = "a<b|c".to_owned();
        let text = Catalogue::load("en");
        let expected = "c\n\n|  | x | y | product | score | $e$ to the score | weight | f |\n\
            | --- | --- | --- | --- | --- | --- | --- | --- |\n| query of a\\<b\\|c | 1 | −2.5 |  |  |  |  |  |\n\
            | k | 0 | 1 | −2.5 | −1.768 | 0.171 | 1.000 | 3 |\n| sum |  |  |  |  | 0.171 | 1.000 |  |\n\
            | context |  |  |  |  |  |  | 3.00 |\n";
        assert_eq!(markdown(&grid, &text), expected);
        grid.caption = "fi*s*h <b> `$x_i$`".to_owned();
        grid.keys[0].word = "*k*|[l]\\".to_owned();
        let escaped = markdown(&grid, &text);
        assert!(escaped.starts_with("fi\\*s\\*h \\<b> \\`\\$x\\_i\\$\\`\n\n"), "{escaped}");
        assert!(escaped.contains("\n| \\*k\\*\\|\\[l]\\\\ | 0 |"), "{escaped}");
        let html = html(&grid, &text)?;
        assert!(
            html.contains("query of a&lt;b|c") && html.contains("value=\"-2.5\"") && html.contains(">−1.768<"),
            "{html}"
        );
        assert!(!html.contains("\n\n"), "an empty line would end the HTML for Markdown");
        Ok(())
    }

    #[test]
    fn numbers_are_rounded_as_the_script_does() {
        let cases = [
            (0.0625, "0.063"),
            (-0.0625, "−0.063"),
            (-0.0004, "0.000"),
            (999_999.0, "999999.000"),
            (1.5e86, "1.500e86"),
            (1_000_500.0, "1.001e6"),
            (-1_000_500.0, "−1.001e6"),
            (1_001_500.0, "1.002e6"),
            (1_000_500.0_f64.next_down(), "1.000e6"),
            (9_999_500.0, "1.000e7"),
            (1.0005e22, "1.001e22"),
        ];
        for (number, expected) in cases {
            assert_eq!(fixed(number, 3), expected);
        }
        assert_eq!([0.0, -2.0, 10.0, 0.5, 1e7].map(short), ["0", "−2", "10", "0.5", "1.000e7"]);
    }
}
