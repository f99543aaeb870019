//! Text for a terminal: as wide as it is, and without the marks of Markdown that only a page can show.

use unicode_width::UnicodeWidthStr as _;

use crate::markup::map_messages;

/// No line is longer, however wide the terminal: long lines are hard to read.
const WIDEST: usize = 100;

/// How many columns there are to write in.
pub fn columns() -> usize {
    crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns)).clamp(20, WIDEST)
}

/// Markdown in lines of at most so many columns, with formulas in plain signs. Code stays as it is.
pub fn markdown(markdown: &str, columns: usize) -> String {
    map_messages(markdown, |sentence| wrap(&with_plain_formulas(sentence), columns))
}

/// Breaks a text between words. A Korean letter takes two columns.
fn wrap(text: &str, columns: usize) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.width();
        if at > 0 && at + 1 + width > columns {
            out.push('\n');
            at = 0;
        } else if at > 0 {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += width;
    }
    out
}

/// `$-\infty$` as `-∞`; what stands in code is left alone.
fn with_plain_formulas(sentence: &str) -> String {
    let mut out = String::new();
    for (i, part) in sentence.split('`').enumerate() {
        if i > 0 {
            out.push('`');
        }
        if i % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for (j, part) in part.split('$').enumerate() {
            out.push_str(&if j % 2 == 1 { formula(part) } else { part.replace("**", "") });
        }
    }
    out
}

fn formula(tex: &str) -> String {
    const SIGNS: [(&str, &str); 7] = [
        ("\\infty", "∞"),
        ("\\sqrt", "√"),
        ("\\cdot", "·"),
        ("\\times", "×"),
        ("\\top", "ᵀ"),
        ("\\mathrm", ""),
        ("\\", ""),
    ];
    let plain = SIGNS.iter().fold(tex.to_owned(), |text, (sign, plain)| text.replace(sign, plain));
    plain.replace(['{', '}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_there_is_room() {
        assert_eq!(markdown("one two three four\n", 9), "one two\nthree\nfour\n");
        assert_eq!(markdown("어텐션 어텐션 a\n", 13), "어텐션 어텐션\na\n");
        assert_eq!(markdown("alongwordthatfitsnowhere b\n", 9), "alongwordthatfitsnowhere\nb\n");
        assert_eq!(markdown("```rust\nlet a = 1; // and more\n```\n", 9), "```rust\nlet a = 1; // and more\n```\n");
    }

    #[test]
    fn a_formula_is_plain_signs_and_code_is_left_alone() {
        assert_eq!(with_plain_formulas("all $-\\infty$: `$x`, **not** $0 / 1$"), "all -∞: `$x`, not 0 / 1");
        assert_eq!(with_plain_formulas("$QK^\\top/\\sqrt{d_k}$"), "QK^ᵀ/√d_k");
    }
}
