//! What the pipeline does: settings as data, written as TOML or JSON.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::PipelineError;
use crate::decontaminate;
use crate::dedup::{Dedup, Verify};
use crate::personal::Kind;
use crate::quality::{Filters, Judge, Measure, Rule};

/// What the pipeline does. What a file leaves out is as in [`Settings::default`], for Korean texts of a line to a few pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// UTF-8 that was read as Windows-1252 becomes what was meant.
    pub repair: bool,
    /// Full-width letters, digits and marks become the usual ones.
    pub fold_width: bool,
    /// A web page becomes its main text.
    pub html: bool,
    /// The language that is kept, such as `ko`; an empty text keeps all.
    pub language: String,
    /// A document of more characters is removed before anything is measured on it.
    pub longest: usize,
    /// Kinds of personal data that are masked.
    pub personal: Vec<Kind>,
    /// Whether exact copies go.
    pub exact: bool,
    /// Whether near copies go, as `dedup` says.
    pub near: bool,
    /// The parts that are held back.
    pub split: Shares,
    /// What counts as a near copy.
    pub dedup: Dedup,
    /// How test sets are taken out, where there are any.
    pub decontaminate: decontaminate::Settings,
    /// The rules of quality.
    pub quality: Filters,
}

/// The shares of the documents that are held back, each from 0 to below 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shares {
    /// To choose settings by.
    pub validation: f64,
    /// To report the last figure on.
    pub test: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { validation: 0.01, test: 0.01 }
    }
}

/// The presets by name.
pub const PRESETS: [(&str, fn() -> Settings); 3] =
    [("default", Settings::default), ("gentle", Settings::gentle), ("strict", Settings::strict)];

impl Default for Settings {
    fn default() -> Self {
        Self {
            repair: true,
            fold_width: true,
            html: true,
            language: "ko".to_owned(),
            longest: 300_000,
            personal: Kind::ALL.to_vec(),
            exact: true,
            near: true,
            split: Shares::default(),
            dedup: Dedup { verify: Verify::Signatures, ..Dedup::default() },
            decontaminate: decontaminate::Settings {
                action: decontaminate::Action::Remove,
                ..decontaminate::Settings::characters()
            },
            // A perplexity needs a model that has read clean text of the same kind.
            quality: Filters::short().without(Measure::Perplexity),
        }
    }
}

impl Settings {
    /// Removes what is certainly no text, and copies that differ in a few signs.
    pub fn gentle() -> Self {
        let rule = |measure, at_least, at_most| Rule { measure, at_least, at_most };
        Self {
            quality: Filters {
                rules: vec![
                    rule(Measure::Characters, Some(5.0), None),
                    rule(Measure::SymbolShare, None, Some(0.5)),
                    rule(Measure::TopNgram(4), None, Some(0.6)),
                    rule(Measure::DuplicateLines, None, Some(0.6)),
                ],
            },
            dedup: Dedup { threshold: 0.9, ..Self::default().dedup },
            ..Self::default()
        }
    }

    /// Keeps what is surely good: longer texts, hardly a symbol, and no copy that shares half of its shingles.
    pub fn strict() -> Self {
        let mut settings = Self::default();
        for rule in &mut settings.quality.rules {
            match rule.measure {
                Measure::Characters => rule.at_least = Some(50.0),
                Measure::HangulShare => rule.at_least = Some(0.75),
                Measure::SymbolShare => rule.at_most = Some(0.05),
                Measure::TopNgram(_) => rule.at_most = Some(0.15),
                Measure::DuplicateNgrams(_) => rule.at_most = Some(0.2),
                _ => {}
            }
        }
        settings.dedup.threshold = 0.5;
        settings
    }

    /// The settings of a file, TOML or, where its name ends in `.json`, JSON.
    ///
    /// # Errors
    /// When it cannot be read, has a field that is not known, or a setting that cannot be used.
    pub fn read(path: &Path) -> Result<Self, PipelineError> {
        let wrong = |why: String| PipelineError::Settings { file: path.display().to_string(), why };
        let text = std::fs::read_to_string(path)
            .map_err(|error| PipelineError::Read { path: path.display().to_string(), error })?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let settings: Self = if is_json {
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?
        } else {
            toml::from_str(&text).map_err(|error| wrong(error.to_string()))?
        };
        settings.check().map_err(wrong)?;
        Ok(settings)
    }

    /// Whether they can be used.
    ///
    /// # Errors
    /// For the first setting that cannot; the message says which and what is allowed.
    pub fn validate(&self) -> Result<(), PipelineError> {
        self.check().map_err(|why| PipelineError::Settings { file: String::new(), why })
    }

    fn check(&self) -> Result<(), String> {
        self.dedup.validate().map_err(|error| error.to_string())?;
        self.decontaminate.validate().map_err(|error| error.to_string())?;
        // The judge knows whether its rules can be used; one that asks for a model gets none here.
        Judge::new(self.quality.clone(), None).map_err(|error| error.to_string())?;
        let Shares { validation, test } = self.split;
        let is_share = |share: f64| (0.0..1.0).contains(&share);
        if !is_share(validation) || !is_share(test) || validation + test >= 1.0 {
            return Err(format!(
                "split: validation = {validation} and test = {test}: each is from 0 to below 1, and so is their sum"
            ));
        }
        if self.longest == 0 {
            return Err("longest = 0 removes every document: give a number of characters".to_owned());
        }
        if !self.language.is_empty() && !super::steps::languages().contains(&self.language.as_str()) {
            let known = super::steps::languages().join(", ");
            return Err(format!("language = {:?}: known are {known}, and \"\" for all", self.language));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_can_be_used_and_come_back_from_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, preset) in PRESETS {
            let settings = preset();
            settings.validate().expect(name);
            for (ending, text) in [
                ("toml", toml::to_string(&settings).expect("TOML")),
                ("json", serde_json::to_string(&settings).expect("JSON")),
            ] {
                let path = folder.path().join(format!("{name}.{ending}"));
                std::fs::write(&path, text).expect("written");
                assert_eq!(Settings::read(&path).expect("read"), settings, "{name}.{ending}");
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.toml");
        for (text, says) in [
            ("langauge = \"ko\"", "langauge"),
            ("language = \"xx\"", "known are"),
            ("longest = 0", "longest"),
            ("[split]\ntest = 1.5", "test = 1.5"),
            ("[dedup]\nthreshold = 0", "threshold"),
            ("html = 3", "html"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = Settings::read(&path).expect_err(text).to_string();
            assert!(error.contains(says) && error.contains("s.toml"), "{text}: {error}");
        }
        assert!(Settings::read(&folder.path().join("none.toml")).is_err());
    }
}
