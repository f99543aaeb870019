//! Two texts that differ, side by side in one line each: quoted, cut to where they part, with every sign visible.

/// Signs shown of a text, and of these, how many before the place where two texts part.
const SHOWN: usize = 40;
const BEFORE: usize = 12;
/// Texts shown of a list, and of these, how many before the first that differs.
const ITEMS: usize = 5;
const ITEMS_BEFORE: usize = 2;

/// Both texts, cut to where they part.
pub(crate) fn cut(got: &str, expected: &str) -> (String, String) {
    let same = got.chars().zip(expected.chars()).take_while(|(g, e)| g == e).count();
    let start = same.saturating_sub(BEFORE);
    (window(got, start), window(expected, start))
}

/// Both lists, cut to the first text that differs.
pub(crate) fn cut_list(got: &[String], expected: &[String]) -> (String, String) {
    let same = got.iter().zip(expected).take_while(|(g, e)| g == e).count();
    let start = same.saturating_sub(ITEMS_BEFORE);
    let line = |texts: &[String], others: &[String]| {
        let shown: Vec<String> = texts
            .iter()
            .enumerate()
            .skip(start)
            .take(ITEMS)
            .map(|(i, text)| others.get(i).map_or_else(|| window(text, 0), |other| cut(text, other).0))
            .collect();
        let before = if start > 0 { ".., " } else { "" };
        let after = if texts.len() > start + ITEMS { ", .." } else { "" };
        format!("[{before}{}{after}]", shown.join(", "))
    };
    (line(got, expected), line(expected, got))
}

fn window(text: &str, start: usize) -> String {
    let signs: String = text.chars().skip(start).take(SHOWN).map(visible).collect();
    let before = if start > 0 { ".." } else { "" };
    let after = if text.chars().count() > start + SHOWN { ".." } else { "" };
    format!("{before}\"{signs}\"{after}")
}

/// A sign as it is, or as its number where it cannot be told from others: a conjoining jamo looks like part of a syllable,
/// a full-width letter like a letter, another space like a space.
fn visible(sign: char) -> String {
    let hidden = matches!(sign,
        '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97f}' | '\u{d7b0}'..='\u{d7ff}' // conjoining jamo
        | '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{3000}' | '\u{feff}' | '\u{fffd}'
        | '\u{ff01}'..='\u{ff5e}');
    match sign {
        '\'' => sign.to_string(), // the quotes around a text are double
        _ if hidden => sign.escape_unicode().to_string(),
        _ => sign.escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_to_where_they_part() {
        let text = "가".repeat(100);
        let other = format!("{}나{}", "가".repeat(50), "가".repeat(49));
        let (got, expected) = cut(&text, &other);
        assert!(got.starts_with("..\"가") && got.ends_with("\".."), "{got}");
        assert!(expected.contains("가나가"), "{expected}");
    }

    #[test]
    fn what_looks_alike_is_told_apart() {
        let (got, expected) = cut("\u{1112}\u{1161}\u{11ab}", "한");
        assert_eq!((got.as_str(), expected.as_str()), (r#""\u{1112}\u{1161}\u{11ab}""#, "\"한\""));
        assert_eq!(cut("a b", "a\u{a0}b").1, r#""a\u{a0}b""#);
        assert_eq!(cut("a\n", "a").0, r#""a\n""#);
        assert_eq!(cut("'s", "\"s").0, r#""'s""#);
        assert_eq!(cut("'s", "\"s").1, r#""\"s""#);
    }

    #[test]
    fn lists_are_cut_to_the_first_that_differs() {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let (got, expected) = cut_list(&list(&["a", "b", "c", "d"]), &list(&["a", "b", "c", "x", "e"]));
        assert_eq!(
            (got.as_str(), expected.as_str()),
            ("[.., \"b\", \"c\", \"d\"]", "[.., \"b\", \"c\", \"x\", \"e\"]")
        );
        assert_eq!(cut_list(&[], &list(&["a"])), ("[]".to_owned(), "[\"a\"]".to_owned()));
    }
}
