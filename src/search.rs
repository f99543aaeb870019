//! The search index of the built book, a file a language: mdBook's own drops every word in Hangul.
//!
//! It is read from the finished HTML, so that anchors are mdBook's own and the text is what the reader sees. What the
//! reader is to find out alone (hints, stubs, reasons in a quiz) and speaker notes are left out. Matching is the page's
//! work: it looks for parts of words, so that a particle at the end of a Korean word hides nothing.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// The file beside a language's pages.
pub const FILE: &str = "search.json";

/// A page to be searched: its file, and the part of the book it belongs to.
#[derive(Debug)]
pub struct Entry {
    /// Its path from the folder of its language, such as `week04-attention/02-scaled-dot-product.html`.
    pub href: String,
    /// The part's title, in the language of the book; empty before the first.
    pub part: String,
}

#[derive(Debug, Serialize)]
struct Index<'a> {
    pages: Vec<Page<'a>>,
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    href: &'a str,
    part: &'a str,
    sections: Vec<Section>,
}

/// What stands under one heading.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Section {
    /// The anchor, without `#`; empty above the first heading.
    pub id: String,
    /// The level of the heading; 1 is the page's title.
    pub level: u8,
    /// The heading.
    pub heading: String,
    /// The text, without markup.
    pub text: String,
    /// Code and outputs, which count for less.
    pub code: String,
}

/// Writes the index of the pages in `folder`.
///
/// # Errors
/// When a page cannot be read, or the index not be written.
pub fn write<'e>(folder: &Path, entries: &'e [Entry]) -> Result<()> {
    let page = |Entry { href, part }: &'e Entry| -> Result<Page<'e>> {
        let html = std::fs::read_to_string(folder.join(href)).with_context(|| format!("{href} cannot be read"))?;
        Ok(Page { href, part, sections: sections(&html) })
    };
    let index = Index { pages: entries.iter().map(page).collect::<Result<_>>()? };
    std::fs::write(folder.join(FILE), serde_json::to_string(&index)?)
        .with_context(|| format!("{FILE} cannot be written"))
}

/// Elements whose content is not for searching: drawings and formulas, and what readers do not see or open themselves.
const LEFT_OUT: [&str; 5] = ["script", "style", "svg", "math", "template"];
const CLASSES_LEFT_OUT: [&str; 6] = ["ws-speaker", "ws-hint", "ws-stub", "ws-why", "ws-meta", "ws-grid"];
/// Elements that have no end.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "wbr", "source"];
/// Elements within a line: they part no words.
const INLINE: [&str; 9] = ["a", "b", "code", "em", "i", "span", "strong", "sub", "sup"];

/// The sections of a page: what stands in its `main`, cut at the headings.
pub fn sections(html: &str) -> Vec<Section> {
    let main = html.split_once("<main>").map_or(html, |(_, rest)| rest);
    let main = main.split_once("</main>").map_or(main, |(main, _)| main);
    let mut reader = Reader::default();
    let mut rest = main;
    while let Some(at) = rest.find('<') {
        reader.text(&rest[..at]);
        let tag = &rest[at + 1..];
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let Some((tag, after)) = tag.split_once('>') else { break };
        rest = after;
        match tag.strip_prefix('/') {
            Some(name) => reader.close(name.trim()),
            None => reader.open(tag),
        }
    }
    reader.end()
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    section: Section,
    /// The element that is left out, and how many of its name are open.
    left_out: Option<(String, usize)>,
    /// How many `pre` are open.
    code: usize,
    in_heading: bool,
    /// The anchor of the exercise that has just begun: its heading has none of its own.
    anchor: String,
}

impl Reader {
    fn open(&mut self, tag: &str) {
        let name = tag.split([' ', '/', '\n']).next().unwrap_or(tag);
        if VOID.contains(&name) || tag.ends_with('/') {
            return self.space();
        }
        if let Some((left_out, depth)) = &mut self.left_out {
            *depth += usize::from(left_out == name);
            return;
        }
        let class = attribute(tag, "class");
        if name == "math" {
            self.text("…");
        }
        if LEFT_OUT.contains(&name) || class.split(' ').any(|class| CLASSES_LEFT_OUT.contains(&class)) {
            self.left_out = Some((name.to_owned(), 1));
            return;
        }
        if let Some(level) = heading(name) {
            let id = attribute(tag, "id");
            let id = if id.is_empty() { std::mem::take(&mut self.anchor) } else { id.to_owned() };
            self.finish(Section { id, level, ..Section::default() });
            self.in_heading = true;
        } else if class == "ws-exercise" {
            attribute(tag, "id").clone_into(&mut self.anchor);
        }
        self.code += usize::from(name == "pre");
        if !INLINE.contains(&name) {
            self.space();
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((left_out, depth)) = &mut self.left_out {
            *depth -= usize::from(left_out == name);
            if *depth == 0 {
                self.left_out = None;
            }
            return;
        }
        if heading(name).is_some() {
            self.in_heading = false;
        }
        if !INLINE.contains(&name) {
            self.space();
        }
        self.code = self.code.saturating_sub(usize::from(name == "pre"));
    }

    fn text(&mut self, text: &str) {
        if self.left_out.is_none() {
            let text = plain(text);
            self.field().push_str(&text);
        }
    }

    fn space(&mut self) {
        if self.left_out.is_none() {
            self.field().push(' ');
        }
    }

    fn field(&mut self) -> &mut String {
        if self.in_heading {
            &mut self.section.heading
        } else if self.code > 0 {
            &mut self.section.code
        } else {
            &mut self.section.text
        }
    }

    fn finish(&mut self, next: Section) {
        let mut section = std::mem::replace(&mut self.section, next);
        for field in [&mut section.heading, &mut section.text, &mut section.code] {
            *field = field.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if ![&section.heading, &section.text, &section.code].iter().all(|field| field.is_empty()) {
            self.sections.push(section);
        }
    }

    fn end(mut self) -> Vec<Section> {
        self.finish(Section::default());
        self.sections
    }
}

fn heading(name: &str) -> Option<u8> {
    name.strip_prefix('h').and_then(|level| level.parse().ok()).filter(|level| (1..=6).contains(level))
}

fn attribute<'t>(tag: &'t str, name: &str) -> &'t str {
    let value = tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
    value.map_or("", |(value, _)| value)
}

/// Text without entities: those that mdBook and this program write.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        let (c, after) = known.unwrap_or(('&', after));
        out.push(c);
        rest = after;
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "nbsp" => Some(' '),
        _ => char::from_u32(name.strip_prefix('#')?.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_headings() {
        let html = "<h1>menu</h1><main><h1 id=\"a\"><a class=\"header\" href=\"#a\">어텐션 &amp; 토큰</a></h1>\n\
            <div class=\"ws-meta\"><span>5 min</span></div><p>하나<em>둘</em>은 <math><mi>q</mi></math> <code>x</code>.</p><p>셋&#10;넷</p>\
            <h2 id=\"b\">B</h2><pre><code>let a = 1 &lt; 2;</code></pre><p>after</p>\
            <aside class=\"ws-speaker\"><p>secret<aside></aside></p></aside><svg><text>drawn</text></svg>\
            <section class=\"ws-exercise\" id=\"week04-x\"><h3>Write it</h3><p>goal</p>\
            <details class=\"ws-hint\"><p>hint</p></details></section></main><p>footer</p>";
        let section = |id: &str, level, heading: &str, text: &str, code: &str| Section {
            id: id.into(),
            level,
            heading: heading.into(),
            text: text.into(),
            code: code.into(),
        };
        let expected = [
            section("a", 1, "어텐션 & 토큰", "하나둘은 … x. 셋 넷", ""),
            section("b", 2, "B", "after", "let a = 1 < 2;"),
            section("week04-x", 3, "Write it", "goal", ""),
        ];
        assert_eq!(sections(html), expected);
    }

    #[test]
    fn the_book_is_found_in_both_languages() -> Result<()> {
        let course = crate::course::Course::read()?;
        let folder = tempfile::tempdir()?;
        crate::book::build(&course, folder.path())?;
        for (lang, word) in [("en", "softmax"), ("ko", "어텐션")] {
            let index = std::fs::read_to_string(folder.path().join(lang).join(FILE))?;
            let index: serde_json::Value = serde_json::from_str(&index)?;
            let pages = index["pages"].as_array().context("pages")?;
            assert_eq!(pages.len(), course.pages.len());
            let mut found = 0;
            for page in pages {
                let href = page["href"].as_str().context("a file")?;
                let html = std::fs::read_to_string(folder.path().join(lang).join(href))?;
                for section in page["sections"].as_array().context("sections")? {
                    let id = section["id"].as_str().context("an anchor")?;
                    assert!(html.contains(&format!(" id=\"{id}\"")), "{href} has no {id:?}");
                    found += usize::from(section["text"].as_str().is_some_and(|text| text.contains(word)));
                }
            }
            assert!(found > 3, "{word} is found {found} times in {lang}");
        }
        Ok(())
    }
}
