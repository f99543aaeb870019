//! The book: pages to HTML with mdBook as a library, once a language.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use serde_json::json;
use workshop_base::data::DataError;
use workshop_base::text::{Catalogue, LANGUAGES, NAMES};
use workshop_base::tr;

use crate::catalogue;
use crate::course::{Course, slashes};
use crate::grid;
use crate::markup::{escape, html, inline_html, render_math, without_blank_lines};
use crate::notebook;
use crate::outputs;
use crate::page::{self, Block, Cell, Kind, Listing, Page};
use crate::playground;
pub use crate::policy::{content_security_policy, with_policy};
use crate::search;

/// Builds the book in every language into `to/LANGUAGE`.
///
/// # Errors
/// When a page is wrong; the message says where.
pub fn build(course: &Course, to: &Path) -> Result<()> {
    LANGUAGES.into_iter().try_for_each(|lang| build_one(course, &Catalogue::load(lang), &to.join(lang)))?;
    playground::copy(&course.root, to)
}

fn build_one(course: &Course, text: &Catalogue, to: &Path) -> Result<()> {
    let root = course.root.join("book");
    let mut config = Config::from_disk(root.join("book.toml"))?;
    config.build.build_dir = to.to_owned();
    config.book.language = Some(text.lang().to_owned());
    config.book.title = config.book.title.map(|title| text.get(&title).to_owned());
    config.book.description = config.book.description.map(|description| text.get(&description).to_owned());
    let mut book = MDBook::load_with_config(&root, config)?;
    let entries = entries(&book.book, text);
    let site =
        Site { course, script: script_sentences(&root.join("theme"))?, minutes: minutes(course, &entries), text };
    let chapters = course
        .pages
        .iter()
        .map(|page| Ok((PathBuf::from(format!("{}.md", page.name)), site.chapter(page)?)))
        .collect::<Result<Vec<_>>>()?;
    book.with_preprocessor(Pages { chapters, text: text.clone() });
    book.build().context("mdBook failed")?;
    search::write(to, &entries)?;
    finish(to, text)
}

/// The pages, each with the translated title of the part it belongs to.
fn entries(book: &Book, text: &Catalogue) -> Vec<search::Entry> {
    let mut part = String::new();
    let mut entries = vec![];
    for item in book.iter() {
        match item {
            BookItem::PartTitle(title) => text.get(title).clone_into(&mut part),
            BookItem::Chapter(chapter) => entries.extend(
                chapter
                    .path
                    .as_ref()
                    .map(|path| search::Entry { href: slashes(&path.with_extension("html")), part: part.clone() }),
            ),
            BookItem::Separator => {}
        }
    }
    entries
}

/// How many minutes the pages of each part take together.
fn minutes(course: &Course, entries: &[search::Entry]) -> BTreeMap<String, u32> {
    let mut minutes = BTreeMap::new();
    for page in &course.pages {
        let href = format!("{}.html", page.name);
        if let Some(entry) = entries.iter().find(|entry| entry.href == href && !entry.part.is_empty()) {
            *minutes.entry(entry.part.clone()).or_default() += page.front.minutes;
        }
    }
    minutes
}

/// The sentences of all the scripts in a folder.
fn script_sentences(folder: &Path) -> Result<Vec<String>> {
    let mut files = vec![];
    catalogue::walk(folder, &mut files)?;
    let mut sentences = vec![];
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "js")) {
        sentences.extend(catalogue::script_sentences(&std::fs::read_to_string(file)?));
    }
    Ok(sentences)
}

/// What mdBook leaves undone in its pages: the policy, and a way past the menu for people without a mouse.
fn finish(folder: &Path, text: &Catalogue) -> Result<()> {
    let mut files = vec![];
    catalogue::walk(folder, &mut files)?;
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "html")) {
        let mut html = std::fs::read_to_string(file)?;
        if html.contains("id=\"mdbook-content\"") {
            let skip = tr!(text, "Skip to the text");
            html = html.replacen(
                "<body>",
                &format!("<body>\n    <a class=\"ws-skip\" href=\"#mdbook-content\">{skip}</a>"),
                1,
            );
            html = html.replacen("id=\"mdbook-content\"", "id=\"mdbook-content\" tabindex=\"-1\"", 1);
        }
        std::fs::write(file, with_policy(&html)).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// Puts our pages in the place of the chapters that mdBook read.
struct Pages {
    chapters: Vec<(PathBuf, String)>,
    text: Catalogue,
}

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        "workshop"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_mut(|item| match item {
            BookItem::Chapter(chapter) => {
                chapter.name = self.text.get(&chapter.name).to_owned();
                let page = self.chapters.iter().find(|(path, _)| Some(path) == chapter.source_path.as_ref());
                if let Some((_, content)) = page {
                    chapter.content.clone_from(content);
                }
            }
            BookItem::PartTitle(title) => *title = self.text.get(title).to_owned(),
            BookItem::Separator => {}
        });
        Ok(book)
    }
}

/// What the pages of one language share.
struct Site<'a> {
    course: &'a Course,
    /// The sentences that the scripts say.
    script: Vec<String>,
    /// The minutes of each part, by its title.
    minutes: BTreeMap<String, u32>,
    text: &'a Catalogue,
}

impl Site<'_> {
    /// A page as the Markdown, with HTML in it, that mdBook renders.
    fn chapter(&self, page: &Page) -> Result<String> {
        let (course, text) = (self.course, self.text);
        let page = catalogue::translate(page, text);
        let missing = outputs::missing(&page);
        let mut out = String::new();
        let mut chips = Some(chips_of_page(&page, text));
        for Block { line, kind } in &page.blocks {
            let part = match kind {
                Kind::Prose(prose) => {
                    let prose = render_math(prose)?;
                    match chips.take() {
                        // Below the title.
                        Some(chips) => prose.replacen('\n', &format!("\n\n{chips}\n\n"), 1),
                        None => prose,
                    }
                }
                Kind::Listing(listing) => listing_html(listing),
                Kind::Grid(grid) => grid::html(grid, text)?,
                Kind::Cell(cell) => cell_html(&page, cell, &missing, text),
                Kind::Exercise(id) => {
                    exercise_html(course, id, text).with_context(|| format!("{}:{line}", page.path.display()))?
                }
                Kind::Quiz(file) => quiz_html(&page, file, text)?,
                Kind::Minutes(minutes) => {
                    let minutes = tr!(self.text, "{minutes} min", minutes = minutes);
                    format!("<p class=\"ws-meta ws-section-minutes\">{}</p>", chip(&minutes))
                }
                Kind::Playground => playground::html(course, text),
                Kind::Speaker(notes) => format!("<aside class=\"ws-speaker\">{}</aside>", html(notes)?),
            };
            out.push_str(&part);
            out.push_str("\n\n");
        }
        out.push_str(&self.page_data(&page));
        Ok(out)
    }

    /// What the page's script needs to know.
    fn page_data(&self, page: &Page) -> String {
        let text = self.text;
        let other: serde_json::Map<String, serde_json::Value> = std::iter::zip(LANGUAGES, NAMES)
            .filter(|(lang, _)| *lang != text.lang())
            .map(|(lang, name)| (lang.to_owned(), json!(name)))
            .collect();
        let strings: serde_json::Map<String, serde_json::Value> = text
            .all()
            .filter(|(english, _)| self.script.iter().any(|sentence| sentence == english))
            .map(|(english, translation)| (english.to_owned(), json!(translation)))
            .collect();
        let pieces: Vec<&str> =
            self.course.week(page.week()).map_or(vec![], |week| week.pieces().map(|e| e.id.as_str()).collect());
        let data = json!({
            "page": page.name, "lang": text.lang(), "other": other, "strings": strings,
            "minutes": page.front.minutes, "parts": self.minutes, "pieces": pieces,
        });
        // Nothing in it may close the element. A class, since the print page gives each id to one element alone.
        let data = data.to_string().replace('<', "\\u003c");
        format!("<script type=\"application/json\" class=\"ws-page\">{data}</script>")
    }
}

fn chip(text: &str) -> String {
    format!("<span class=\"ws-chip\">{}</span>", escape(text))
}

fn core_word(core: bool, text: &Catalogue) -> String {
    if core { tr!(text, "core") } else { tr!(text, "extra") }
}

fn chips_of_page(page: &Page, text: &Catalogue) -> String {
    let mut chips = chip(&tr!(text, "{minutes} min", minutes = page.front.minutes));
    chips += &chip(&core_word(page.front.core, text));
    chips += &chip(&match page.front.tier {
        page::Tier::Laptop => tr!(text, "laptop"),
        page::Tier::Gpu => tr!(text, "one GPU"),
        page::Tier::Cluster => tr!(text, "several GPUs"),
    });
    if page.cells().next().is_some() {
        let file = notebook::file(page, text.lang());
        let file = file.rsplit('/').next().unwrap_or_default();
        chips += &format!("<a class=\"ws-chip\" href=\"{file}\" download>{}</a>", tr!(text, "notebook"));
    }
    format!("<div class=\"ws-meta\">{chips}</div>")
}

fn listing_html(listing: &Listing) -> String {
    let name = listing.file.rsplit('/').next().unwrap_or(&listing.file);
    let open = if listing.folded { "" } else { " open" };
    format!(
        "<details class=\"ws-listing\" data-file=\"{}\"{open}><summary><code>{}</code>: <code>{}</code></summary>\n\n{}\n\n</details>",
        escape(listing.file.trim_start_matches("../")),
        escape(name),
        escape(&listing.anchor),
        code_html(&listing.code, "rust")
    )
}

fn code_html(code: &str, language: &str) -> String {
    format!("<pre><code class=\"language-{language}\">{}</code></pre>", without_blank_lines(&escape(code)))
}

fn cell_html(page: &Page, cell: &Cell, missing: &[DataError], text: &Catalogue) -> String {
    let mut recorded = String::new();
    if let Some(output) = &cell.output {
        let output = without_blank_lines(&escape(output));
        recorded +=
            &format!("<pre class=\"ws-text\"><code class=\"language-text nohighlight\">{output}</code></pre>\n");
    }
    if let Some((alt, file)) = &cell.figure {
        let svg = std::fs::read_to_string(page.path.with_file_name(file)).unwrap_or_default();
        let svg = labelled(&svg, text.get(alt));
        recorded += &format!("<figure class=\"ws-figure\">\n{}\n</figure>\n", svg.trim());
    }
    if cell.predict {
        let ask = tr!(text, "What will it print? Guess, then look.");
        recorded = format!("<details class=\"ws-predict\"><summary>{ask}</summary>\n{recorded}</details>\n");
    }
    let mut absent = String::new();
    if cell.data && !missing.is_empty() {
        let note = tr!(text, "Recorded output: this cell needs a file that is not on this machine.");
        let errors: Vec<String> = missing.iter().map(|error| escape(&error.say(text))).collect();
        absent = format!("<p class=\"ws-missing\">{note} {}</p>\n", errors.join(" "));
    }
    let (n, flags) = (cell.number, cell.flags().join(" "));
    format!(
        "<div class=\"ws-cell\" id=\"cell-{n}\" data-cell=\"{n}\" data-flags=\"{flags}\">\n\n{}\n\n\
         <div class=\"ws-output\" data-recorded=\"true\">\n{absent}{recorded}</div>\n</div>",
        code_html(&cell.code, "rust")
    )
}

/// A drawing with the page's words for those who do not see it.
pub(crate) fn labelled(svg: &str, alt: &str) -> String {
    let label = format!("aria-label=\"{}\"", escape(alt));
    match svg.split_once("aria-label=\"").and_then(|(before, rest)| Some((before, rest.split_once('"')?.1))) {
        Some((before, after)) => format!("{before}{label}{after}"),
        None => svg.replacen("<svg", &format!("<svg role=\"img\" {label}"), 1),
    }
}

fn exercise_html(course: &Course, id: &str, text: &Catalogue) -> Result<String> {
    let exercise = course.exercise(id)?;
    let translated = |source: &str| html(&catalogue::translated(source, text));
    let chips = [
        core_word(exercise.core, text),
        tr!(text, "difficulty {n} of 5", n = exercise.difficulty),
        tr!(text, "importance {n} of 5", n = exercise.importance),
        tr!(text, "{minutes} min", minutes = exercise.minutes),
    ];
    let chips: String = chips.iter().map(|text| chip(text)).collect();
    let commands: Vec<String> = exercise.commands().iter().map(|line| format!("<code>{line}</code>")).collect();
    let commands = commands.join(" · ");
    let mut out = format!(
        "<section class=\"ws-exercise\" id=\"{}\" data-exercise=\"{id}\" data-solution=\"{}\">\n<h3>{}</h3>\n<div class=\"ws-meta\">{chips}</div>\n\
         <div class=\"ws-statement\">{}</div>\n<p class=\"ws-file\"><code>{}</code> · {commands}</p>\n",
        id.replace('/', "-"),
        slashes(&exercise.solution()),
        escape(text.get(&exercise.title)),
        translated(&exercise.statement)?,
        slashes(&exercise.file()),
    );
    for (i, hint) in exercise.hints.iter().enumerate() {
        let title = tr!(text, "Hint {n} of 3", n = i + 1);
        out += &format!("<details class=\"ws-hint\"><summary>{title}</summary>{}</details>\n", translated(hint)?);
    }
    let title = tr!(text, "The file to edit");
    out += &format!(
        "<details class=\"ws-stub\"><summary>{title}</summary>\n\n{}\n\n</details>\n</section>",
        code_html(&exercise.stub(&course.root)?, if exercise.is_experiment() { "markdown" } else { "rust" })
    );
    Ok(out)
}

fn quiz_html(page: &Page, file: &str, text: &Catalogue) -> Result<String> {
    let mut out = "<section class=\"ws-quiz\">\n".to_owned();
    for question in page::quiz(page, file)? {
        let id = escape(&question.id);
        let legend = inline_html(text.get(&question.text))?;
        out += &format!("<fieldset class=\"ws-question\" data-question=\"{id}\"><legend>{legend}</legend>\n");
        for answer in &question.options {
            out += &format!(
                "<label class=\"ws-option\" data-right=\"{}\"><input type=\"radio\" name=\"{id}\"> \
                 <span class=\"ws-option-text\">{}</span> <span class=\"ws-why\">{}</span></label>\n",
                answer.right,
                inline_html(text.get(&answer.text))?,
                inline_html(text.get(&answer.why))?,
            );
        }
        out += "</fieldset>\n";
    }
    Ok(out + "</section>")
}
