//! What a run of the pipeline did: a page that stands alone, and a table for the terminal.
//!
//! Texts of the data stand on it as examples, cut short and masked; all are escaped, so that a page in the data stays text.

use std::ops::Range;

use week00_workbench::plot::{self, Plot, PlotError};
use week00_workbench::width_of;
use workshop_base::data::units;
use workshop_base::html::{document, escape};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::pipeline::score::StepScore;
use crate::pipeline::{Histogram, Report, Split, Step, StepTally, Tally};

/// Reasons that are shown of a step.
const REASONS: usize = 5;

/// The name of a step in the reader's language.
pub fn step_name(step: Step, text: &Catalogue) -> String {
    match step {
        Step::Decode => tr!(text, "decoding"),
        Step::Normalise => tr!(text, "normal form"),
        Step::Html => tr!(text, "web pages"),
        Step::Language => tr!(text, "language"),
        Step::Quality => tr!(text, "quality"),
        Step::Personal => tr!(text, "personal data"),
        Step::Exact => tr!(text, "exact copies"),
        Step::Near => tr!(text, "near copies"),
        Step::Decontaminate => tr!(text, "test sets"),
    }
}

/// How many documents each step removed, as bars; `None` where nothing was removed.
///
/// # Errors
/// When it cannot be drawn.
pub fn removed(tally: &Tally, text: &Catalogue) -> Result<Option<Plot>, PlotError> {
    let rows: Vec<(String, f64)> = tally
        .steps
        .iter()
        .filter(|(_, step)| step.removed > 0)
        .map(|(step, counts)| (step_name(*step, text), counts.removed as f64))
        .collect();
    if rows.is_empty() { Ok(None) } else { plot::bars(&tr!(text, "documents removed by each step"), &rows).map(Some) }
}

/// The lengths of the documents before and after, each part as a share of its documents.
///
/// # Errors
/// When it cannot be drawn.
pub fn lengths(tally: &Tally, text: &Catalogue) -> Result<Plot, PlotError> {
    // Two bins a doubling: a bin begins at half of its number, in powers of 2.
    let bins = range(&tally.lengths_before, &tally.lengths_after);
    let of = |histogram| steps(histogram, bins.clone(), |bin| bin as f64 / 2.0);
    compare(
        &tr!(text, "length in characters, as a power of 2"),
        text,
        of(&tally.lengths_before),
        of(&tally.lengths_after),
    )
}

/// The shares of Hangul in the documents before and after.
///
/// # Errors
/// When it cannot be drawn.
pub fn hangul(tally: &Tally, text: &Catalogue) -> Result<Plot, PlotError> {
    let of = |histogram| steps(histogram, 0..20, |bin| bin as f64 / 20.0);
    compare(&tr!(text, "share of Hangul syllables"), text, of(&tally.hangul_before), of(&tally.hangul_after))
}

type Points = Vec<(f64, f64)>;

fn compare(x: &str, text: &Catalogue, before: Points, after: Points) -> Result<Plot, PlotError> {
    let curves = [(tr!(text, "before"), before), (tr!(text, "after"), after)];
    let curves: Vec<(String, Points)> = curves.into_iter().filter(|(_, points)| !points.is_empty()).collect();
    plot::series(x, &tr!(text, "percent of the documents"), &curves)
}

/// The bins from the first to the last that holds anything in either.
fn range(before: &Histogram, after: &Histogram) -> Range<usize> {
    let first = |histogram: &Histogram| histogram.bins.iter().position(|count| *count > 0).unwrap_or(usize::MAX);
    let end = before.bins.len().max(after.bins.len());
    first(before).min(first(after)).min(end)..end
}

/// The outline of a histogram, in percent.
fn steps(histogram: &Histogram, bins: Range<usize>, start: impl Fn(usize) -> f64) -> Points {
    let all: u64 = histogram.bins.iter().sum();
    if all == 0 {
        return vec![];
    }
    let percent = |bin: usize| 100.0 * histogram.bins.get(bin).copied().unwrap_or(0) as f64 / all as f64;
    let tops = bins.clone().flat_map(|bin| [(start(bin), percent(bin)), (start(bin + 1), percent(bin))]);
    std::iter::once((start(bins.start), 0.0)).chain(tops).chain([(start(bins.end), 0.0)]).collect()
}

/// The report as a page that needs nothing else and may do nothing: no script, no file, no network.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn html(report: &Report, scores: &[StepScore], text: &Catalogue) -> Result<String, PlotError> {
    let tally = &report.tally;
    let title = tr!(text, "Data report");
    let names: Vec<&str> = report.made_from.inputs.iter().map(|input| input.name.as_str()).collect();
    let mut page = format!("<h1>{}</h1>\n<p>{}</p>\n", escape(&title), escape(&names.join(", ")));
    page += &figures(tally, text);

    page += &heading(&tr!(text, "What each step did"));
    if let Some(plot) = removed(tally, text)? {
        page += &figure(&plot);
    }
    page += &table_of_steps(tally, text);
    if !scores.is_empty() {
        page += &heading(&tr!(text, "Held against the truth"));
        page += &table_of_scores(scores, text);
    }
    page += &heading(&tr!(text, "Before and after"));
    page += &figure(&lengths(tally, text)?);
    page += &figure(&hangul(tally, text)?);

    let examples: String = tally.steps.iter().map(|(step, counts)| examples(*step, counts, text)).collect();
    if !examples.is_empty() {
        page += &heading(&tr!(text, "Examples of what was removed"));
        page += &note(&tr!(
            text,
            "The first three of each step, cut to 80 characters, with personal data masked. Look at them: a filter that removes what you would keep is wrong, whatever its numbers say."
        ));
        page += &examples;
    }
    if !report.pairs.is_empty() {
        page += &heading(&tr!(text, "Most frequent pairs of words"));
        page += &note(&tr!(
            text,
            "In what is left to train on. A line that a site puts on all its pages shows here first."
        ));
        let rows: Vec<(String, f64)> = report.pairs.iter().map(|(pair, n)| (cut(pair, 40), *n as f64)).collect();
        page += &figure(&plot::bars(&tr!(text, "pairs of words"), &rows)?);
    }
    page += &heading(&tr!(text, "What it was made from"));
    page += &made_from(report, text);
    Ok(document(&title, &page, text))
}

fn heading(title: &str) -> String {
    format!("<h2>{}</h2>\n", escape(title))
}

fn note(sentence: &str) -> String {
    format!("<p><small>{}</small></p>\n", escape(sentence))
}

/// A drawing that may be wider than a phone: it is moved sideways, for its labels would be too small to read.
fn figure(plot: &Plot) -> String {
    let svg = plot.svg().replacen("max-width:100%;", "", 1);
    format!("<figure class=\"wide\">{svg}</figure>\n")
}

fn figures(tally: &Tally, text: &Catalogue) -> String {
    let share = |part: u64, all: u64| if all == 0 { 0.0 } else { 100.0 * part as f64 / all as f64 };
    let mut figures = vec![
        (number(tally.documents), tr!(text, "documents came in")),
        (number(tally.kept), tr!(text, "documents are left")),
        (format!("{:.1} %", share(tally.kept, tally.documents)), tr!(text, "of the documents")),
        (format!("{:.1} %", share(tally.kept_characters, tally.characters)), tr!(text, "of the characters")),
        (units(tally.kept_bytes), tr!(text, "of text are left")),
    ];
    if tally.broken > 0 {
        figures.push((number(tally.broken), tr!(text, "broken records, left out")));
    }
    let parts = Split::ALL.map(|split| (number(tally.parts.get(split.name()).copied().unwrap_or(0)), split.name()));
    figures.extend(parts.map(|(count, name)| (count, tr!(text, "in {part}", part = name))));
    let items: String = figures
        .iter()
        .map(|(number, what)| format!("<li><strong>{}</strong>{}</li>\n", escape(number), escape(what)))
        .collect();
    format!("<ul class=\"figures\">\n{items}</ul>\n")
}

fn table(head: &[(&str, String)], rows: &str) -> String {
    let head: String =
        head.iter().map(|(class, name)| format!("<th class=\"{class}\">{}</th>", escape(name))).collect();
    format!("<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn table_of_steps(tally: &Tally, text: &Catalogue) -> String {
    let row = |(step, counts): (&Step, &StepTally)| {
        let mut reasons: Vec<(&String, &u64)> = counts.reasons.iter().collect();
        reasons.sort_by(|(a, times_a), (b, times_b)| times_b.cmp(times_a).then(a.cmp(b)));
        let shown: Vec<String> =
            reasons.iter().take(REASONS).map(|(reason, times)| format!("{reason} ×{times}")).collect();
        let rest = if reasons.len() > REASONS { ", …" } else { "" };
        format!(
            "<tr><td>{}<small>{}{rest}</small></td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
            escape(&step_name(*step, text)),
            escape(&shown.join(", ")),
            number(counts.removed),
            number(counts.changed),
            number(counts.reached),
        )
    };
    let rows: String = tally.steps.iter().map(row).collect();
    // On a narrow page the last columns are cut off: what was removed comes first.
    let head = [
        ("", tr!(text, "Step")),
        ("number", tr!(text, "Removed")),
        ("number", tr!(text, "Changed")),
        ("number", tr!(text, "Reached")),
    ];
    table(&head, &rows)
}

fn table_of_scores(scores: &[StepScore], text: &Catalogue) -> String {
    let row = |score: &StepScore| {
        format!(
            "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{:.3}</td><td class=\"number\">{:.3}</td></tr>\n",
            escape(&step_name(score.step, text)),
            number(score.dirty as u64),
            score.precision(),
            score.recall(),
        )
    };
    let rows: String = scores.iter().map(row).collect();
    let head = [
        ("", tr!(text, "Step")),
        ("number", tr!(text, "Its task")),
        ("number", tr!(text, "Precision")),
        ("number", tr!(text, "Recall")),
    ];
    table(&head, &rows)
}

fn examples(step: Step, counts: &StepTally, text: &Catalogue) -> String {
    if counts.examples.is_empty() {
        return String::new();
    }
    let item = |example: &crate::pipeline::Example| {
        let shown = if example.text.is_empty() { tr!(text, "(empty)") } else { example.text.clone() };
        format!("<tr><td>{}</td><td>{}</td></tr>\n", escape(&example.reason), escape(&shown))
    };
    let rows: String = counts.examples.iter().map(item).collect();
    let head = [("", step_name(step, text)), ("", tr!(text, "Begins"))];
    table(&head, &rows)
}

fn made_from(report: &Report, text: &Catalogue) -> String {
    let made_from = &report.made_from;
    let files = [
        (tr!(text, "Input"), &made_from.inputs),
        (tr!(text, "Test sets"), &made_from.tests),
        (tr!(text, "Output"), &report.files),
    ];
    let mut rows = String::new();
    for (what, sources) in &files {
        for source in *sources {
            rows += &format!(
                "<tr><td>{}</td><td>{}<small>{}</small></td><td class=\"number\">{}</td></tr>\n",
                escape(what),
                escape(&source.name),
                escape(&source.sha256),
                escape(&units(source.bytes)),
            );
        }
    }
    let head = [("", String::new()), ("", tr!(text, "File, and its SHA-256")), ("number", tr!(text, "Size"))];
    let settings = toml::to_string(&made_from.settings).unwrap_or_default();
    let code = tr!(text, "The same input, settings and code give the same bytes. Code: {code}", code = made_from.code);
    format!("{}<pre>{}</pre>\n{}", table(&head, &rows), escape(&settings), note(&code))
}

/// The report as a table in characters.
pub fn terminal(tally: &Tally, scores: &[StepScore], text: &Catalogue) -> String {
    let mut head = vec![tr!(text, "Step"), tr!(text, "Reached"), tr!(text, "Changed"), tr!(text, "Removed")];
    if !scores.is_empty() {
        head.extend([tr!(text, "Precision"), tr!(text, "Recall")]);
    }
    let mut rows = vec![head];
    for (step, counts) in &tally.steps {
        let counted = [counts.reached, counts.changed, counts.removed].map(number);
        let mut row: Vec<String> = std::iter::once(step_name(*step, text)).chain(counted).collect();
        if let Some(score) = scores.iter().find(|score| score.step == *step) {
            row.extend([format!("{:.3}", score.precision()), format!("{:.3}", score.recall())]);
        }
        rows.push(row);
    }
    let lines = aligned(&rows);
    let left = tr!(
        text,
        "{kept} of {documents} documents are left, {characters} of {all} characters",
        kept = number(tally.kept),
        documents = number(tally.documents),
        characters = number(tally.kept_characters),
        all = number(tally.characters)
    );
    format!("{lines}{left}\n")
}

/// The first column to the left, the others to the right; a syllable takes two places.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width_of(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut lines = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = " ".repeat(width - width_of(cell));
            line += &if column == 0 { format!("{cell}{gap}") } else { format!("  {gap}{cell}") };
        }
        lines += line.trim_end();
        lines.push('\n');
    }
    lines
}

/// A number with a comma before every three digits.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(number), ["0", "12", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn columns_are_aligned_with_syllables_of_two_places() {
        let rows = [vec!["단계".to_owned(), "1".to_owned()], vec!["a".to_owned(), "22".to_owned()]];
        assert_eq!(aligned(&rows), "단계   1\na     22\n");
    }
}
