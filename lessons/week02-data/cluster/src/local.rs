//! The same by the lesson's own code, in memory: what the engine's result is held against.

use week02_data::quality::Judge;
use week02_data::{personal, unicode};

use crate::functions::Settings;

/// What is left of the documents: their numbers and cleaned texts, in order.
///
/// # Errors
/// When a setting cannot be used.
pub fn clean(documents: &[Option<String>], settings: &Settings) -> anyhow::Result<Vec<(i64, String)>> {
    let judge = Judge::new(settings.quality.clone(), None)?;
    let mut cleaned = vec![];
    for (id, text) in documents.iter().enumerate() {
        let Some(text) = text else { continue };
        let (text, _) = unicode::normalise(text);
        if judge.decide(&text).keeps() {
            cleaned.push((id as i64, personal::mask(&text).text));
        }
    }
    let texts: Vec<&str> = cleaned.iter().map(|(_, text)| text.as_str()).collect();
    let found = settings.dedup.find(&texts)?;
    let kept = found.kept();
    Ok(kept.into_iter().map(|place| std::mem::take(&mut cleaned[place])).collect())
}
