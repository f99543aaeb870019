//! Markdown and mathematics: sentences found and replaced, formulas to MathML, fragments to HTML.

use anyhow::{Result, bail};
use pulldown_cmark::{Event, LinkType, Options, Tag, TagEnd};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, Storage, push_mathml};

pub use workshop_base::html::escape;

/// Gives every sentence-bearing part of `markdown` (a heading, a paragraph, an item of a list, a row of a table) to
/// `replace`, and puts what comes back in its place. Code fences, display formulas and markers stay as they are.
pub fn map_messages(markdown: &str, mut replace: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut open: Option<(String, String)> = None; // marker, text so far
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(end) = opaque_end(line) {
            close(&mut out, &mut open, &mut replace);
            out.push_str(line);
            out.push('\n');
            if !closes(line, end) {
                for line in lines.by_ref() {
                    out.push_str(line);
                    out.push('\n');
                    if line.trim_end().ends_with(end) {
                        break;
                    }
                }
            }
            continue;
        }
        let (marker, text) = split_marker(line);
        let continues = match &open {
            Some((current, _)) => {
                marker == current && !text.is_empty() && (current.is_empty() || current.trim() == ">")
            }
            None => false,
        };
        let is_item_text = marker.trim().is_empty() && matches!(&open, Some((current, _)) if is_item(current));
        if (continues || is_item_text) && !text.trim().is_empty() {
            if let Some((_, so_far)) = &mut open {
                so_far.push(' ');
                so_far.push_str(text.trim());
            }
            continue;
        }
        close(&mut out, &mut open, &mut replace);
        if text.trim().is_empty() || is_marker_only(text) {
            out.push_str(line);
            out.push('\n');
        } else {
            open = Some((marker.to_owned(), text.trim().to_owned()));
        }
    }
    close(&mut out, &mut open, &mut replace);
    out
}

/// Whether [`map_messages`] understands this Markdown: with each sentence replaced by itself, the same HTML comes out. A list
/// in a list, a line that ends in two spaces, a table without outer bars, a sentence with a number and a full stop at the
/// beginning of a line may not survive a translation.
///
/// # Errors
/// When a formula is not understood.
pub fn is_understood(markdown: &str) -> Result<bool> {
    let words =
        |markdown: &str| Ok::<_, anyhow::Error>(html(markdown)?.split_whitespace().collect::<Vec<_>>().join(" "));
    // A paragraph, and not a list, whose next line begins like an item.
    let (mut paragraph, mut list) = (false, false);
    let torn = markdown.lines().any(|line| {
        let item = split_marker(line).0.trim_end().ends_with('.');
        let torn = paragraph && item;
        list = !line.trim().is_empty() && (list || item);
        paragraph = !line.trim().is_empty() && !list;
        torn
    });
    Ok(!torn && words(markdown)? == words(&map_messages(markdown, str::to_owned))?)
}

fn close(out: &mut String, open: &mut Option<(String, String)>, replace: &mut impl FnMut(&str) -> String) {
    if let Some((marker, text)) = open.take() {
        out.push_str(&marker);
        out.push_str(&replace(&text));
        if marker == "| " {
            out.push_str(" |");
        }
        out.push('\n');
    }
}

/// What ends the part that this line begins, if nothing in it is to be translated.
fn opaque_end(line: &str) -> Option<&'static str> {
    let bare = line.trim_start();
    if bare.starts_with("```") {
        Some("```")
    } else if bare.starts_with("$$") {
        Some("$$")
    } else {
        None
    }
}

fn closes(line: &str, end: &str) -> bool {
    let bare = line.trim();
    bare.len() > end.len() && end == "$$" && bare.ends_with(end)
}

/// A line's marker (heading, item, quotation, table row) and its text.
fn split_marker(line: &str) -> (&str, &str) {
    let indent = line.len() - line.trim_start().len();
    let bare = &line[indent..];
    let length = if bare.starts_with('#') {
        bare.find(' ').map_or(0, |space| space + 1)
    } else if bare.starts_with("- ") || bare.starts_with("* ") || bare.starts_with("> ") {
        2
    } else if let Some(row) = bare.strip_prefix("| ") {
        return (&line[..indent + 2], row.trim_end().trim_end_matches('|').trim_end());
    } else if bare == ">" {
        1
    } else {
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && bare[digits..].starts_with(". ") { digits + 2 } else { 0 }
    };
    line.split_at(indent + length)
}

fn is_item(marker: &str) -> bool {
    let bare = marker.trim();
    bare == "-" || bare == "*" || bare.ends_with('.')
}

/// `[!WARNING]`, the line under a table's head, a rule.
fn is_marker_only(text: &str) -> bool {
    let bare = text.trim();
    bare.starts_with("[!") || bare.chars().all(|c| "-|: ".contains(c))
}

/// Formulas to MathML, drawn by the browser itself: nothing is loaded and nothing runs. Code is left alone.
///
/// # Errors
/// When a formula is not understood; the message holds it.
pub fn render_math(markdown: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some(at) = rest.find(['`', '$', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (taken, shown) = if let Some(escaped) = from.strip_prefix('\\') {
            let length = 1 + escaped.chars().next().map_or(0, char::len_utf8);
            (length, from[..length].to_owned())
        } else if from.starts_with('`') {
            let ticks = from.bytes().take_while(|b| *b == b'`').count();
            let length = from[ticks..].find(&from[..ticks]).map_or(ticks, |end| end + 2 * ticks);
            (length, from[..length].to_owned())
        } else if let Some(inner) = from.strip_prefix("$$").and_then(|inner| inner.split_once("$$")) {
            let formula = mathml(inner.0, DisplayMode::Block)?;
            (inner.0.len() + 4, format!("<div class=\"ws-math\">{formula}</div>"))
        } else if let Some((inner, _)) = from[1..].split_once('$')
            && !inner.is_empty()
        {
            (inner.len() + 2, mathml(inner, DisplayMode::Inline)?)
        } else {
            (1, "$".to_owned())
        };
        out.push_str(&shown);
        rest = &from[taken..];
    }
    out.push_str(rest);
    Ok(out)
}

fn mathml(latex: &str, display_mode: DisplayMode) -> Result<String> {
    let storage = Storage::new();
    if let Some(error) = Parser::new(latex, &storage).find_map(Result::err) {
        bail!("the formula ${latex}$ is not understood: {error}");
    }
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    push_mathml(&mut out, Parser::new(latex, &storage), config)?;
    Ok(protect(&out))
}

/// The characters between tags that Markdown would take for its own, as entities.
fn protect(html: &str) -> String {
    let mut in_tag = false;
    let mut out = String::new();
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '*' | '_' | '`' | '[' | ']' | '\\' | '|' | '~' | '$' if !in_tag => {
                out.push_str(&format!("&#{};", c as u32));
                continue;
            }
            '\n' => {
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// What our Markdown has besides the common rules.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// A fragment of Markdown, with formulas, as HTML without a blank line in it, so that it can stand inside a page.
///
/// # Errors
/// When a formula is not understood.
pub fn html(markdown: &str) -> Result<String> {
    let source = render_math(markdown)?;
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, pulldown_cmark::Parser::new_ext(&source, OPTIONS));
    Ok(without_blank_lines(out.trim()))
}

/// Markdown from somebody else as HTML: tags in it show as text, links lead to pages and mail alone, and images are their
/// words.
pub fn untrusted_html(markdown: &str) -> String {
    let begins = |url: &str, start: &str| url.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    let is_fine = |url: &str| ["https://", "http://", "mailto:", "#"].iter().any(|start| begins(url, start));
    let fine = |event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            // An address of mail gets its scheme when it is written.
            let dest_url = if link_type == LinkType::Email || is_fine(&dest_url) { dest_url } else { "#".into() };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        other => Some(other),
    };
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, pulldown_cmark::Parser::new_ext(markdown, OPTIONS).filter_map(fine));
    out
}

/// One paragraph's worth of Markdown as HTML, without the paragraph.
///
/// # Errors
/// When a formula is not understood.
pub fn inline_html(markdown: &str) -> Result<String> {
    let html = html(markdown)?;
    Ok(html.strip_prefix("<p>").and_then(|h| h.strip_suffix("</p>")).map_or(html.clone(), str::to_owned))
}

/// A sentence as HTML in which Markdown is not read: all of it is text, but for its `code`.
pub fn with_code(sentence: &str) -> String {
    let part = |(i, part): (usize, &str)| if i % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() };
    escape(sentence).split('`').enumerate().map(part).collect()
}

/// HTML in which no line is empty: an empty line would end the HTML for Markdown.
pub fn without_blank_lines(html: &str) -> String {
    html.replace("\n\n", "\n&#10;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_and_replaced() {
        let text = "# Head\n\nOne\ntwo.\n\n- a\n  b\n- c\n\n> [!WARNING]\n> x\n> y\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n$$ a $$\n\n```text\nkept\n```\n";
        let mut seen = vec![];
        let out = map_messages(text, |message| {
            seen.push(message.to_owned());
            message.to_uppercase()
        });
        assert_eq!(seen, ["Head", "One two.", "a b", "c", "x y", "h | i", "1 | 2"]);
        let expected = "# HEAD\n\nONE TWO.\n\n- A B\n- C\n\n> [!WARNING]\n> X Y\n\n| H | I |\n|---|---|\n| 1 | 2 |\n\n$$ a $$\n\n```text\nkept\n```\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn a_sentence_keeps_its_code_where_markdown_is_not_read() {
        assert_eq!(with_code("`a<b>` & `c`: *d*"), "<code>a&lt;b&gt;</code> &amp; <code>c</code>: *d*");
    }

    #[test]
    fn what_would_not_survive_is_not_understood() -> Result<()> {
        for good in [
            "- a\n  - b\n- c\n",
            "1. a\n   more\n2. b\n",
            "> [!NOTE]\n> x\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "a\nb\n\n```text\nx\n```\n",
        ] {
            assert!(is_understood(good)?, "{good:?}");
        }
        for bad in ["as on page\n2. It is short.\n", "a  \nb\n", "a | b\n---|---\n1 | 2\n", "Head\n====\n"] {
            assert!(!is_understood(bad)?, "{bad:?}");
        }
        Ok(())
    }

    #[test]
    fn what_somebody_else_wrote_stays_text() {
        let html = untrusted_html(
            "a <b onclick=x>b</b>\n\n<script>alert(1)</script>\n\n[l](javascript:alert) [m](https://x.org) ![pic](//x.org/a.png)\n\n\
             | a |\n|---|\n| <i>1</i> |\n\n```\n</pre><script>\n```\n",
        );
        for tag in ["<b", "<i>", "<script", "<img", "javascript"] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
        assert!(
            html.contains("&lt;b onclick=x&gt;") && html.contains("<td>&lt;i&gt;1") && html.contains("pic"),
            "{html}"
        );
        assert!(html.contains("<a href=\"https://x.org\">m</a>") && html.contains("<a href=\"#\">l</a>"), "{html}");
        let html = untrusted_html("<a@b.c> <HTTPS://x.org> <JavaScript:alert> [m](Mailto:a@b.c) [가나](가나다)");
        assert!(html.contains("\"mailto:a@b.c\"") && html.contains("\"HTTPS://x.org\""), "{html}");
        assert!(html.contains("\"Mailto:a@b.c\"") && html.matches("\"#\"").count() == 2, "{html}");
    }

    #[test]
    fn formulas_become_mathml_and_code_stays() -> Result<()> {
        let out = render_math("a $x_i$ and `$x$` and \\$5\n\n$$\\frac{1}{2}$$\n")?;
        assert!(out.contains("<msub>") && out.contains("`$x$`") && out.contains("\\$5") && out.contains("<mfrac>"));
        assert!(render_math("$\\nosuchcommand$").is_err());
        assert_eq!(html("**b** `c`")?, "<p><strong>b</strong> <code>c</code></p>");
        Ok(())
    }
}
