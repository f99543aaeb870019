//! The check of `week03/viterbi`: segmentations against Hugging Face's `tokenizers` (`tests/reference/week03_viterbi.py`).

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Result};
use serde::Deserialize;
use sol03_tokenizer::viterbi::viterbi;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `viterbi(text, scores, unknown)`.
pub type Subject = fn(&str, &BTreeMap<String, f64>, f64) -> Vec<String>;

/// Grades a crate's `viterbi`.
#[macro_export]
macro_rules! week03_viterbi {
    ($($subject:tt)+) => {
        $crate::week03::viterbi::check().grade(&{ $($subject)+::viterbi::viterbi as $crate::week03::viterbi::Subject })
    };
}

/// Texts, and what they are cut by.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    texts: Vec<String>,
    scores: BTreeMap<String, f64>,
    unknown: f64,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(input, input.texts.iter().map(|text| subject(text, &input.scores, input.unknown)), values);
        Ok(())
    };
    Check::new("week03/viterbi", viterbi as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "longest token first",
            "You take the longest token at each place, as WordPiece does. Can a shorter first token lead to a better sum?",
            "Keep the best score of every place, and look back from each: a token is right if the whole sum is best.",
        )
        .mistake(
            "best token first",
            "You take the token with the best score at each place. What do the tokens after it cost?",
            "A good first token can leave a bad rest: keep for every place the best sum of scores up to there.",
        )
        .mistake(
            "fewest tokens",
            "Your segmentation has as few tokens as can be, whatever their scores. When are two frequent tokens better than one rare one?",
            "Compare sums of scores: the number of tokens by itself does not count.",
        )
        .mistake(
            "smallest sum",
            "You give the least probable segmentation. Is a score of -2 better than one of -5, or worse?",
            "A score is a log-probability: the largest sum is the best, the one nearest to 0.",
        )
        .mistake(
            "score of the last token alone",
            "Your choice at a place looks at one token only. What belongs to the score of a way that ends there?",
            "The score of a way to `end` is the best score at `start` plus that of the last token: add the two.",
        )
        .mistake(
            "ties to the shorter token",
            "Of equally good ways you take the one with the shorter last token. Which one is asked for?",
            "Try the last token from the longest on, and replace only what is worse: compare with `>`, not with `>=`.",
        )
        .mistake(
            "unknown text of any length",
            "Several characters that are no token stand together as one. What may be unknown, and with what number does a place begin that no way has reached?",
            "Only a single character may be unknown, and pays the score `unknown`; each place but the first begins with `f64::NEG_INFINITY`, not with 0.",
        )
        .way("no way yet is 0")
        .mistake(
            "unknown beside a token",
            "A character that is a token gets the score `unknown` with you where its own is worse. May it?",
            "`unknown` is for characters that are no token by themselves: look the character up first.",
        )
        .mistake(
            "unknown where nothing else ends",
            "Two unknown characters never beat a bad token with you. What does the rule say about which of them is better?",
            "A single character is always a way to go on, unknown or not: compare its sum with the others.",
        )
        .mistake(
            "ties to fewer tokens",
            "Of equally good ways you take the one with fewer tokens. By what does the statement choose?",
            "Compare the last tokens alone, at each place: the longest of them wins.",
        )
        .mistake(
            "unknown left out",
            "Characters that are no token are missing in your result. What should all tokens together give?",
            "An unknown character stands in the result as itself: the tokens, joined, are the text.",
        )
        .mistake(
            "unknown joined",
            "You join unknown characters that stand side by side. How many tokens are they here?",
            "Each unknown character is a token of its own in this exercise; leave them apart.",
        )
        .mistake(
            "from the end to the start",
            "Your tokens are right and stand in the wrong order. In which order does the way back give them?",
            "You follow the way back from the end of the text: reverse the tokens at the end.",
        )
        .right("a function that remembers its answers", |text, scores, unknown| {
            type Known = HashMap<usize, (f64, Vec<String>)>;
            fn best(
                text: &str,
                scores: &BTreeMap<String, f64>,
                unknown: f64,
                end: usize,
                known: &mut Known,
            ) -> (f64, Vec<String>) {
                if end == 0 {
                    return (0.0, vec![]);
                }
                if let Some(answer) = known.get(&end) {
                    return answer.clone();
                }
                let last = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
                let mut answer = (f64::NEG_INFINITY, vec![]);
                for (start, _) in text[..end].char_indices() {
                    let token = &text[start..end];
                    let single = (start == last).then_some(unknown);
                    let Some(score) = scores.get(token).copied().or(single) else { continue };
                    let (before, mut tokens) = best(text, scores, unknown, start, known);
                    if before + score > answer.0 {
                        tokens.push(token.to_owned());
                        answer = (before + score, tokens);
                    }
                }
                known.insert(end, answer.clone());
                answer
            }
            best(text, scores, unknown, text.len(), &mut HashMap::new()).1
        })
        .right("from every place on", |text, scores, unknown| {
            let mut best: Vec<Option<(f64, usize)>> = vec![None; text.len() + 1];
            best[0] = Some((0.0, 0));
            for (start, character) in text.char_indices() {
                let Some((so_far, _)) = best[start] else { continue };
                for (offset, last) in text[start..].char_indices() {
                    let end = start + offset + last.len_utf8();
                    let token = &text[start..end];
                    let single = (token.len() == character.len_utf8()).then_some(unknown);
                    let Some(score) = scores.get(token).copied().or(single) else { continue };
                    if best[end].is_none_or(|(known, _)| so_far + score > known) {
                        best[end] = Some((so_far + score, start));
                    }
                }
            }
            let mut tokens = std::collections::VecDeque::new();
            let mut end = text.len();
            while let Some((_, start)) = best[end].filter(|_| end > 0) {
                tokens.push_front(text[start..end].to_owned());
                end = start;
            }
            tokens.into()
        })
}

/// Notes the tokens of each text.
fn note(input: &Input, cut: impl Iterator<Item = Vec<String>>, values: &mut Values) {
    let lines = input.texts.iter().zip(cut).map(|(text, tokens)| format!("{text} → {}", tokens.join(" · ")));
    values.texts("tokens", lines);
}

/// The cases of `tokenizers`.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Golden>,
    }
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        tokens: Vec<Vec<String>>,
        #[serde(flatten)]
        input: Input,
    }
    let file: File = fixtures::json("week03/viterbi.json")?;
    let case = |case: Golden| {
        let mut values = Values::default();
        note(&case.input, case.tokens.into_iter(), &mut values);
        Case { name: case.name, input: case.input, golden: Some(values) }
    };
    Ok(file.cases.into_iter().map(case).collect())
}

fn case(name: &str, scores: &[(&str, f64)], unknown: f64, texts: &[&str]) -> Case<Input> {
    let input = Input {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        scores: scores.iter().map(|(token, score)| ((*token).to_owned(), *score)).collect(),
        unknown,
    };
    Case { name: name.to_owned(), input, golden: None }
}

/// Edges, by hand. All scores are sums of quarters, so that nothing is rounded.
fn edges() -> Vec<Case<Input>> {
    vec![
        case("no tokens at all", &[], -3.0, &["", "가", "가나", "a 나"]),
        case(
            "a token worse than the unknown",
            &[("가", -9.0), ("나", -2.0), ("나다", -3.0), ("가나", -8.0)],
            -5.0,
            &["가", "가나", "나가나다", "다"],
        ),
        case(
            "a token of two that saves a bad one",
            &[("가", -8.0), ("가나", -9.0), ("다", -7.0)],
            -4.0,
            &["가나", "가가나", "나가", "다가"],
        ),
        case("two unknown characters better than a token", &[("가나", -50.0)], -17.0, &["가나", "다가나"]),
        case("three unknown characters better than a token", &[("가나다", -31.0)], -10.0, &["가나다라"]),
        case(
            "as good with three tokens as with two",
            &[("가", -1.0), ("나", -1.0), ("가나다", -2.0), ("다라마", -2.0), ("라마", -2.0)],
            -9.0,
            &["가나다라마"],
        ),
        case(
            "as good with three tokens as with two, again",
            &[("나", -1.5), ("다", -1.5), ("나다라", -3.0), ("라마바사", -2.0), ("마바사", -2.0)],
            -9.0,
            &["나다라마바사"],
        ),
    ]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(36);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let syllables = ["학", "교", "에", "서"];
    let mut cases = vec![];
    for tokens in [6, 12, 24] {
        let mut scores = BTreeMap::new();
        for _ in 0..tokens {
            let length = 1 + below(3)?;
            let token = (0..length).map(|_| Ok(syllables[below(3)?])).collect::<Result<String>>()?;
            scores.insert(token, -1.0 - below(40)? as f64 / 4.0);
        }
        let mut texts = vec![];
        for _ in 0..10 {
            let length = 1 + below(8)?;
            texts.push((0..length).map(|_| Ok(syllables[below(4)?])).collect::<Result<String>>()?);
        }
        let input = Input { texts, scores, unknown: -21.0 };
        cases.push(Case { name: format!("{tokens} tokens, drawn"), input, golden: None });
    }
    Ok(cases)
}

/// Texts segmented with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    note(input, input.texts.iter().map(|text| flawed_text(has, text, &input.scores, input.unknown)), values);
    Ok(())
}

fn flawed_text(has: &dyn Fn(&str) -> bool, text: &str, scores: &BTreeMap<String, f64>, unknown: f64) -> Vec<String> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let token = |start: usize, end: usize| &text[places[start]..places[end]];
    let score = |start: usize, end: usize| {
        let is_single = start + 1 == end;
        let single = (is_single || has("unknown text of any length")).then_some(unknown);
        let known = scores.get(token(start, end)).copied();
        match (known, single) {
            (Some(known), Some(single)) if is_single && has("unknown beside a token") => Some(known.max(single)),
            _ => known.or(single),
        }
    };
    let last = places.len() - 1;
    if has("no way yet is 0") {
        return if text.is_empty() { vec![] } else { vec![text.to_owned()] };
    }
    let mut ends = vec![];
    if has("longest token first") || has("best token first") {
        let mut start = 0;
        while start < last {
            let fits = (start + 1..=last).rev().filter_map(|end| Some((end, score(start, end)?)));
            let best = fits.reduce(|a, b| if has("best token first") && b.1 > a.1 { b } else { a });
            start = best.map_or(start + 1, |(end, _)| end);
            ends.push(start);
        }
    } else {
        let mut best = vec![(0.0, 0)];
        let mut fewest = vec![0];
        for end in 1..=last {
            let mut here: Option<(f64, usize)> = None;
            let is_end = (0..end).any(|start| scores.contains_key(token(start, end)));
            for (start, (so_far, _)) in best.iter().enumerate() {
                let Some(score) = score(start, end) else { continue };
                if has("unknown where nothing else ends") && is_end && !scores.contains_key(token(start, end)) {
                    continue;
                }
                let score = if has("fewest tokens") { -1.0 } else { score };
                let before = if has("score of the last token alone") { 0.0 } else { *so_far };
                let sum: f64 = before + if has("smallest sum") { -score } else { score };
                let is_better = |known: f64| sum > known || (has("ties to the shorter token") && sum >= known);
                let is_shorter = |(known, other): (f64, usize)| sum == known && fewest[start] < fewest[other];
                if here.is_none_or(|known| is_better(known.0) || has("ties to fewer tokens") && is_shorter(known)) {
                    here = Some((sum, start));
                }
            }
            fewest.push(1 + here.map_or(0, |(_, start)| fewest[start]));
            best.push(here.unwrap_or((f64::NEG_INFINITY, end - 1)));
        }
        let mut end = last;
        while end > 0 {
            ends.push(end);
            end = best[end].1;
        }
        ends.reverse();
    }
    let mut tokens: Vec<(bool, String)> = vec![];
    let mut start = 0;
    for end in ends {
        let text = token(start, end);
        let is_known = scores.contains_key(text)
            && !(has("unknown beside a token") && start + 1 == end && scores.get(text).is_some_and(|s| *s < unknown));
        start = end;
        match tokens.last_mut() {
            _ if !is_known && has("unknown left out") => {}
            Some((false, known)) if !is_known && has("unknown joined") => known.push_str(text),
            _ => tokens.push((is_known, text.to_owned())),
        }
    }
    if has("from the end to the start") {
        tokens.reverse();
    }
    tokens.into_iter().map(|(_, token)| token).collect()
}
