//! A web page as text: a tolerant reader of HTML, and a rule for what is no content.
//!
//! Real pages are cut off, wrongly nested and half escaped, so nothing here fails: any text gives [`Block`]s. The reader
//! does not build a tree. It goes through the page once and keeps three things: the text since the last block began, how
//! much of it lies in links, and the open elements that say whether a text is to be dropped.
//!
//! The rule of [`main_blocks`] follows the idea of Kohlschütter, Fankhauser & Nejdl (2010), "Boilerplate detection using
//! shallow text features": a block is content or not by its length, by the share of it that is link text, and by its
//! neighbours. What differs: lengths are counted in columns (a Hangul syllable takes two) and not in words, a sentence may be
//! shorter than another text, and the thresholds are ours.

use serde::Serialize;

use crate::decode;
use crate::entities;

/// A page written for the course, with what real pages have around their text, and with their slips.
pub const SAMPLE: &str = include_str!("sample.html");

/// A piece of a page that stands on lines of its own: a paragraph, a heading, an item of a list, a row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Its text; white space is one space, and `<br>` a line feed.
    pub text: String,
    /// Columns of its text: two for a wide sign such as a syllable, one for any other.
    pub columns: usize,
    /// Columns of these that lie in links.
    pub linked: usize,
    /// Whether it is a heading, `h1` to `h6`.
    pub heading: bool,
    /// Whether it stands in a `header`, which may be that of the site or that of the article.
    pub in_header: bool,
}

impl Block {
    /// The share of its columns that lie in links, from 0 to 1.
    pub fn link_density(&self) -> f64 {
        if self.columns == 0 { 0.0 } else { self.linked as f64 / self.columns as f64 }
    }
}

/// A page, read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// What its `title` says.
    pub title: String,
    /// The language that it claims for itself, as in `<html lang="ko">`.
    pub lang: Option<String>,
    /// What is left of its text when elements such as `script` and `nav` are gone.
    pub blocks: Vec<Block>,
}

/// The main text of a page in any encoding: its content blocks, one a line.
pub fn page_text(bytes: &[u8]) -> String {
    let decoded = decode::decode_declared(bytes, declared_charset(bytes).as_deref());
    let page = read(&decoded.text);
    let lines: Vec<&str> = main_blocks(&page.blocks).map(|block| block.text.as_str()).collect();
    lines.join("\n")
}

/// The encoding that a page names in its first kilobyte: `<meta charset=..>`, or the same in a `content`.
pub fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(1024).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let meta = head.find("<meta")?;
    let (_, rest) = head.get(meta..)?.split_once("charset")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let name: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')).collect();
    (!name.is_empty()).then_some(name)
}

const ENDS_OF_SENTENCES: [char; 10] = ['.', '!', '?', '…', '"', '”', '。', '！', '？', '」'];

// ANCHOR: is_content
/// Columns from which on a text is hardly a button or a caption.
pub const LONG: usize = 60;
/// The same for a text that ends as a sentence does.
pub const SENTENCE: usize = 20;

/// Whether a block is content, from itself and its two neighbours.
pub fn is_content(before: Option<&Block>, block: &Block, after: Option<&Block>) -> bool {
    let is_prose = |block: &Block| {
        let ends = block.text.ends_with(ENDS_OF_SENTENCES);
        let enough = if ends { SENTENCE } else { LONG };
        block.columns >= enough && block.link_density() <= 1.0 / 3.0
    };
    if block.link_density() > 1.0 / 3.0 {
        return false; // a menu, a list of other articles
    }
    if block.in_header && !block.heading {
        // The header of a site has slogans, that of an article its first lines.
        return is_prose(block);
    }
    // A short block goes with prose beside it: a heading, a line of dialogue.
    let beside = |other: Option<&Block>| other.is_some_and(is_prose);
    is_prose(block) || beside(after) || (beside(before) && !block.heading)
}
// ANCHOR_END: is_content

/// The blocks that are content, in order. A heading looks past a short block: a subtitle, or an author's name.
pub fn main_blocks(blocks: &[Block]) -> impl Iterator<Item = &Block> {
    blocks.iter().enumerate().filter_map(|(i, block)| {
        let before = i.checked_sub(1).and_then(|i| blocks.get(i));
        let after = match blocks.get(i + 1) {
            Some(next) if block.heading && next.columns < LONG && next.linked == 0 => blocks.get(i + 2),
            next => next,
        };
        is_content(before, block, after).then_some(block)
    })
}

/// Elements whose text is no text of the page: programs, menus, what is filled in.
const DROPPED: [&str; 16] = [
    "script", "style", "noscript", "template", "iframe", "svg", "math", "nav", "aside", "footer", "form", "button",
    "select", "textarea", "object", "dialog",
];
/// Of these, the ones inside of which `<` means nothing until their own end.
const RAW: [&str; 8] = ["script", "style", "noscript", "template", "iframe", "textarea", "title", "xmp"];
/// Elements that begin and end a block.
const BLOCKS: [&str; 46] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
];
/// Elements without an end.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Open elements that are remembered at most: pages that nest deeper are broken, or an attack.
const DEEPEST: usize = 256;

/// Reads a page. Whatever the text, this ends, in time that grows as its length.
pub fn read(html: &str) -> Page {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        reader.text(text);
        rest = reader.markup(tag);
    }
    reader.text(rest);
    reader.end_block();
    Page { title: reader.title.trim().to_owned(), lang: reader.lang, blocks: reader.blocks }
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    name: String,
    drops: bool,
    is_link: bool,
}

#[derive(Debug, Default)]
struct Reader {
    blocks: Vec<Block>,
    block: Block,
    space: bool,
    title: String,
    lang: Option<String>,
    open: Vec<Open>,
}

impl Reader {
    /// Reads what begins with `<`, and returns what follows it.
    fn markup<'t>(&mut self, html: &'t str) -> &'t str {
        let after = |end: &str| html.find(end).map_or("", |at| html.get(at + end.len()..).unwrap_or_default());
        if html.starts_with("<!--") {
            // `<!-->` is a whole comment.
            return if html.starts_with("<!-->") { after(">") } else { after("-->") };
        }
        if html.starts_with("<![CDATA[") {
            return after("]]>");
        }
        let mut signs = html.chars().skip(1);
        match (signs.next(), signs.next()) {
            (Some('!' | '?'), _) => after(">"),
            (Some('/'), Some(letter)) if letter.is_ascii_alphabetic() => {
                let tag = Tag::read(html.get(2..).unwrap_or_default());
                self.end(&tag.name);
                tag.rest
            }
            (Some(letter), _) if letter.is_ascii_alphabetic() => {
                let tag = Tag::read(html.get(1..).unwrap_or_default());
                let rest = tag.rest;
                if RAW.contains(&tag.name.as_str()) && !tag.closes_itself {
                    let (inner, rest) = up_to_end_tag(rest, &tag.name);
                    if tag.name == "title" && self.title.is_empty() {
                        self.title = entities::decode(inner).split_whitespace().collect::<Vec<_>>().join(" ");
                    }
                    return rest;
                }
                self.start(&tag);
                rest
            }
            // A lone `<`, as in "a < b".
            _ => {
                self.text("<");
                html.get(1..).unwrap_or_default()
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_str();
        match name {
            "br" => return self.line_feed(),
            "td" | "th" => self.space = true,
            "html" => self.lang = self.lang.take().or_else(|| tag.attribute("lang").filter(|lang| !lang.is_empty())),
            // One link cannot hold another.
            "a" => self.end("a"),
            _ => {}
        }
        if BLOCKS.contains(&name) {
            self.end_block();
            // A heading whose end was forgotten does not make the rest of the page one.
            self.open.retain(|open| !is_heading(&open.name));
        }
        if VOID.contains(&name) || tag.closes_itself || self.open.len() >= DEEPEST {
            return;
        }
        let role = tag.attribute("role").unwrap_or_default();
        let drops = DROPPED.contains(&name)
            || matches!(role.as_str(), "navigation" | "banner" | "contentinfo" | "search")
            || tag.attribute("hidden").is_some();
        let is_link = name == "a" && tag.attribute("href").is_some();
        self.open.push(Open { name: name.to_owned(), drops, is_link });
    }

    fn end(&mut self, name: &str) {
        if BLOCKS.contains(&name) {
            self.end_block();
        }
        // Ends what was opened inside, too: a page often forgets an end.
        if let Some(place) = self.open.iter().rposition(|open| open.name == name) {
            self.open.truncate(place);
        }
    }

    fn text(&mut self, raw: &str) {
        if raw.is_empty() || self.open.iter().any(|open| open.drops) {
            return;
        }
        let linked = self.open.iter().any(|open| open.is_link);
        if self.block.text.is_empty() {
            self.block.heading = self.open.iter().any(|open| is_heading(&open.name));
            self.block.in_header = self.open.iter().any(|open| open.name == "header");
        }
        let preformatted = self.open.iter().any(|open| open.name == "pre");
        for sign in entities::decode(raw).chars() {
            if preformatted && sign == '\n' {
                self.line_feed();
            } else if sign.is_whitespace() {
                self.space = true;
            } else {
                if self.space && !self.block.text.is_empty() && !self.block.text.ends_with('\n') {
                    self.block.text.push(' ');
                }
                self.space = false;
                self.block.text.push(sign);
                let columns = if is_wide(sign) { 2 } else { 1 };
                self.block.columns += columns;
                self.block.linked += if linked { columns } else { 0 };
            }
        }
    }

    fn line_feed(&mut self) {
        if !self.block.text.is_empty() && !self.block.text.ends_with('\n') {
            self.block.text.push('\n');
        }
        self.space = false;
    }

    fn end_block(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        self.space = false;
        block.text.truncate(block.text.trim_end().len());
        if !block.text.is_empty() {
            self.blocks.push(block);
        }
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name.as_bytes(), [b'h', b'1'..=b'6'])
}

/// Hangul, kana and ideographs: what a terminal gives two columns.
fn is_wide(sign: char) -> bool {
    matches!(sign,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}' | '가'..='힣' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// A start or end tag, without its `<` or `</`.
struct Tag<'t> {
    name: String,
    attributes: &'t str,
    closes_itself: bool,
    rest: &'t str,
}

impl<'t> Tag<'t> {
    fn read(html: &'t str) -> Self {
        let name_end = html.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(html.len());
        let (name, rest) = html.split_at(name_end);
        let end = tag_end(rest);
        let (attributes, rest) = rest.split_at(end);
        let closes_itself = attributes.ends_with('/');
        Self {
            name: name.to_ascii_lowercase(),
            attributes,
            closes_itself,
            rest: rest.strip_prefix('>').unwrap_or(rest),
        }
    }

    /// The value of an attribute, empty where it has none; `None` where the attribute is missing.
    fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            // A name may begin with `=`, so that this always moves on.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let end = rest.get(first..)?.find(|c: char| c.is_whitespace() || matches!(c, '=' | '/'));
            let (name, after) = rest.split_at(end.map_or(rest.len(), |end| end + first));
            let mut value = "";
            rest = after;
            if let Some(after) = after.trim_start().strip_prefix('=') {
                let after = after.trim_start();
                let quoted = |quote: char| after.strip_prefix(quote).and_then(|inner| inner.split_once(quote));
                (value, rest) = quoted('"')
                    .or_else(|| quoted('\''))
                    .unwrap_or_else(|| after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())));
            }
            if name.eq_ignore_ascii_case(wanted) {
                return Some(entities::decode(value).trim().to_ascii_lowercase());
            }
        }
    }
}

/// Where a tag ends: at the first `>` outside of quotation marks. A mark that is never closed opens nothing.
fn tag_end(html: &str) -> usize {
    let bytes = html.as_bytes();
    let mut at = 0;
    let mut value_may_begin = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'>' => return at,
            b'"' | b'\'' if value_may_begin => {
                let inside = bytes.get(at + 1..).unwrap_or_default();
                match inside.iter().position(|other| other == byte) {
                    Some(length) => at += length + 1,
                    None => {
                        return bytes
                            .get(at..)
                            .and_then(|rest| rest.iter().position(|b| *b == b'>'))
                            .map_or(bytes.len(), |n| at + n);
                    }
                }
                value_may_begin = false;
            }
            b'=' => value_may_begin = true,
            _ if byte.is_ascii_whitespace() => {}
            _ => value_may_begin = false,
        }
        at += 1;
    }
    bytes.len()
}

/// What stands before `</name`, and what follows that tag. Without such a tag, all of it and nothing.
fn up_to_end_tag<'t>(html: &'t str, name: &str) -> (&'t str, &'t str) {
    let mut from = 0;
    while let Some(at) = html.get(from..).and_then(|rest| rest.find("</")).map(|at| at + from) {
        let begin = at + 2;
        let candidate = html.as_bytes().get(begin..begin + name.len()).unwrap_or_default();
        if candidate.eq_ignore_ascii_case(name.as_bytes()) {
            let rest = html.get(begin..).unwrap_or_default();
            return (html.get(..at).unwrap_or_default(), Tag::read(rest).rest);
        }
        from = begin;
    }
    (html, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(html: &str) -> Vec<String> {
        read(html).blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn blocks_begin_and_end_where_lines_do() {
        for (html, expected) in [
            ("<p>하나<p>둘", &["하나", "둘"][..]),
            ("가<b>나</b>다", &["가나다"]),
            ("<p> a \n\t b&nbsp;c </p>", &["a b c"]),
            ("a<br>b<br/>c", &["a\nb\nc"]),
            ("<pre>x  y\nz</pre>", &["x y\nz"]),
            ("<tr><td>1<td>2</tr><tr><td>3", &["1 2", "3"]),
            ("<ul><li>하나</li><li>둘</li></ul>", &["하나", "둘"]),
            ("a < b && c > d", &["a < b && c > d"]),
            ("&lt;p&gt; &amp;lt;", &["<p> &lt;"]),
            ("<P CLASS=x>대문자</P>", &["대문자"]),
        ] {
            assert_eq!(texts(html), expected, "{html}");
        }
    }

    #[test]
    fn programs_menus_and_forms_are_dropped() {
        for html in [
            "<script>if (a < b) { \"</div>\" }</script>글",
            "<style>p { }</style>글",
            "<SCRIPT>x</ScRiPt >글",
            "<!-- <p>말</p> -->글",
            "<!doctype html><?xml?>글",
            "<nav><ul><li><a href=x>처음</a></ul></nav>글",
            "<div><nav>끝이 없는 메뉴</div>글",
            "<form>찾기 <input> <button>가기</button></form>글",
            "<div hidden>보이지 않는다</div>글",
            "<div role=navigation>메뉴</div>글",
            "글<script>끊긴 글",
            "글<p title=\"끊긴",
            "글<!-- 끊긴",
        ] {
            assert_eq!(texts(html), ["글"], "{html}");
        }
    }

    #[test]
    fn a_quotation_mark_hides_the_end_of_a_tag() {
        assert_eq!(texts("<p title=\"a > b\">글"), ["글"]);
        assert_eq!(texts("<p title='a > b'>글"), ["글"]);
        // Never closed: it hides nothing.
        assert_eq!(texts("<p title=\"a>글"), ["글"]);
        // Not a value: an apostrophe in a tag that somebody mistyped.
        assert_eq!(texts("<p it's>글</p>'"), ["글", "'"]);
    }

    #[test]
    fn links_are_measured() {
        let page = read("<html lang='KO'><title>제목 &amp; 글</title><p>앞 <a href=x>링크</a> <a name=y>아님</a>");
        assert_eq!((page.title.as_str(), page.lang.as_deref()), ("제목 & 글", Some("ko")));
        assert_eq!((page.blocks[0].columns, page.blocks[0].linked), (10, 4));
        // A link without an end ends with what it stands in.
        let page = read("<div><a href=x>하나</div><p>둘</p>");
        assert_eq!((page.blocks[0].linked, page.blocks[1].linked), (4, 0));
    }

    #[test]
    fn content_is_told_from_menus() {
        let prose =
            "이 글은 예순 칸이 넘도록 길게 쓴 문단이다. 링크가 없고, 문장이 둘이며, 앞뒤의 짧은 글을 데리고 온다.";
        let html = format!(
            "<div><a href=1>홈</a> <a href=2>뉴스</a></div><h1>제목</h1><p>{prose}</p><p>짧은 말.</p>\
             <h3>관련 기사</h3><ul><li><a href=3>다른 글의 아주 긴 제목이 여기에 있다고 해도 링크는 링크일 뿐이다</a></ul><p>저작권 2026</p>"
        );
        assert_eq!(page_text(html.as_bytes()), format!("제목\n{prose}\n짧은 말."));
    }

    #[test]
    fn an_encoding_is_read_from_the_page() {
        for head in ["<meta charset=\"EUC-KR\">", "<META http-equiv=x content='text/html; charset=euc-kr'>"] {
            assert_eq!(declared_charset(head.as_bytes()).as_deref(), Some("euc-kr"), "{head}");
        }
        assert_eq!(declared_charset(b"<meta charset>"), None);
    }

    #[test]
    fn hostile_pages_take_no_longer_than_others() {
        for part in [
            "<",
            "<a ",
            "<a href='",
            "<a b=\"",
            "</",
            "<!--",
            "<script>",
            "</script",
            "<div>",
            "<nav>",
            "&",
            "&#",
            "<p x='\"",
        ] {
            let html = part.repeat(200_000);
            read(&html);
        }
    }
}
