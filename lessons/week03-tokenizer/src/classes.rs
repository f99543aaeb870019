//! What kind of sign a character is, as the patterns of pre-tokenizers ask for it: letter, digit, white space and so on.
//!
//! The Unicode Standard's general categories (§4.5), from the tables of `regex-syntax`, laid out once so that a question is
//! two array lookups. A pattern such as `\p{L}+` is then a loop, and no regular expression runs.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// The kinds of a sign, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// `\p{Lu}` or `\p{Lt}`: an upper-case letter, or a title-case one.
    pub const UPPER: Self = Self(1);
    /// `\p{Ll}`: a lower-case letter.
    pub const LOWER: Self = Self(2);
    /// `\p{Lm}` or `\p{Lo}`: a letter without case, such as every Hangul syllable.
    pub const CASELESS: Self = Self(4);
    /// `\p{M}`: a mark that belongs to the sign before it.
    pub const MARK: Self = Self(8);
    /// `\p{N}`: a number.
    pub const NUMBER: Self = Self(16);
    /// `\s`: white space.
    pub const SPACE: Self = Self(32);
    /// `\p{L}`: any letter.
    pub const LETTER: Self = Self(1 | 2 | 4);

    /// The kinds of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a sign is of one of these kinds.
    pub fn has(self, sign: char) -> bool {
        of(sign).0 & self.0 != 0
    }
}

/// The kinds of a sign.
pub fn of(sign: char) -> Kinds {
    let code = sign as usize;
    if code < 128 {
        // No table for the commonest signs.
        return ASCII[code];
    }
    let page = usize::from(TABLE.pages[code >> 8]);
    Kinds(TABLE.kinds[page << 8 | (code & 0xff)])
}

const ASCII: [Kinds; 128] = {
    let mut kinds = [Kinds(0); 128];
    let mut code = 0;
    while code < 128 {
        kinds[code] = match code as u8 {
            b'A'..=b'Z' => Kinds::UPPER,
            b'a'..=b'z' => Kinds::LOWER,
            b'0'..=b'9' => Kinds::NUMBER,
            b'\t'..=b'\r' | b' ' => Kinds::SPACE,
            _ => Kinds(0),
        };
        code += 1;
    }
    kinds
};

/// Pages of 256 signs; equal pages, such as those of the Hangul syllables, are stored once.
struct Table {
    pages: Vec<u16>,
    kinds: Vec<u8>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    const SIGNS: usize = 0x11_0000;
    let mut flat = vec![0_u8; SIGNS];
    for (pattern, kind) in [
        (r"[\p{Lu}\p{Lt}]", Kinds::UPPER),
        (r"\p{Ll}", Kinds::LOWER),
        (r"[\p{Lm}\p{Lo}]", Kinds::CASELESS),
        (r"\p{M}", Kinds::MARK),
        (r"\p{N}", Kinds::NUMBER),
        (r"\s", Kinds::SPACE),
    ] {
        let class = regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind);
        // Patterns written above: they parse, and they are classes.
        let Ok(HirKind::Class(Class::Unicode(class))) = class else { continue };
        for range in class.ranges() {
            for code in &mut flat[range.start() as usize..=range.end() as usize] {
                *code |= kind.0;
            }
        }
    }
    let mut table = Table { pages: vec![], kinds: vec![] };
    for page in flat.chunks(256) {
        let known = table.kinds.chunks(256).position(|other| other == page);
        let at = known.unwrap_or_else(|| {
            table.kinds.extend_from_slice(page);
            table.kinds.len() / 256 - 1
        });
        table.pages.push(at as u16);
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_regular_expressions_say() {
        for (pattern, kinds) in [
            (r"\p{L}", Kinds::LETTER),
            (r"[\p{Lu}\p{Lt}]", Kinds::UPPER),
            (r"\p{Ll}", Kinds::LOWER),
            (r"\p{M}", Kinds::MARK),
            (r"\p{N}", Kinds::NUMBER),
            (r"\s", Kinds::SPACE),
        ] {
            let regex = regex::Regex::new(&format!("^{pattern}$")).unwrap();
            let mut text = [0; 4];
            for sign in '\0'..=char::MAX {
                assert_eq!(kinds.has(sign), regex.is_match(sign.encode_utf8(&mut text)), "{pattern} {sign:?}");
            }
        }
    }
}
