//! What holds for any text and any bytes: a million drawn ones each.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use week02_data::{compose, decode, html, language, mojibake, unicode};

const DRAWN: usize = 1_000_000;

/// Numbers from a seed (SplitMix64): quick, and good enough to draw test cases.
struct Draw(u64);

impl Draw {
    fn below(&mut self, high: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % high as u64) as usize
    }

    fn text(&mut self, signs: &[char], longest: usize) -> String {
        (0..self.below(longest + 1)).map(|_| signs[self.below(signs.len())]).collect()
    }
}

#[test]
fn composition_is_that_of_the_crate_on_any_hangul() {
    let signs: Vec<char> = ('\u{1100}'..='\u{11ff}').chain('가'..='갛').chain("힣ㄱㅏ a".chars()).collect();
    let mut draw = Draw(1);
    for _ in 0..DRAWN {
        let text = draw.text(&signs, 8);
        assert_eq!(compose::compose(&text), text.nfc().collect::<String>(), "{text:?}");
    }
    let syllables: String = ('가'..='힣').collect();
    assert_eq!(compose::compose(&syllables.nfd().collect::<String>()), syllables);
}

#[test]
fn normalising_twice_changes_nothing_more() {
    let signs: Vec<char> = "\u{1100}\u{1161}\u{11a8}\u{11a7}가각ㅋ ae\u{301}\u{323}\u{327}éÅ\u{212b}\u{2126}\r\n\t\u{85}\u{2028}\
         \u{a0}\u{3000}\u{3164}\u{ad}\u{200b}\u{200c}\u{200d}\u{200d}\u{feff}\u{fe0f}\u{fe0f}\u{fe00}\u{e0100}\u{e0067}\u{e007f}\u{34f}\
         👩💻❤🔥👍🏽🇰🏴1#☎漢\u{fa16}\u{2f800}می\u{958}\u{2001}\u{fffd}\u{fffe}\u{0}\u{202e}\u{0345}\u{f73}"
        .chars()
        .collect();
    let mut draw = Draw(2);
    for _ in 0..DRAWN {
        let text = draw.text(&signs, 10);
        let (once, _) = unicode::normalise(&text);
        let (twice, changes) = unicode::normalise(&once);
        assert!(once == twice && changes.is_none(), "{text:?}: {once:?}, then {twice:?}, {changes:?}");
    }
}

#[test]
fn what_was_misread_comes_back() {
    let sign = |byte: u8| match byte {
        0x80..=0x9f => mojibake::FROM_0X80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    let signs: Vec<char> = ('가'..='힣').step_by(7).chain("aé“”€\u{81}Ã한글😀".chars()).collect();
    let mut draw = Draw(3);
    for _ in 0..DRAWN {
        let text = draw.text(&signs, 8);
        let misread: String = text.bytes().map(sign).collect();
        assert_eq!(mojibake::repair(&misread), mojibake::repair(&text), "{text:?}");
    }
}

#[test]
fn any_bytes_are_some_text() {
    let mut draw = Draw(4);
    for i in 0..DRAWN {
        // All bytes; and those of CP949, and of ASCII with a few others.
        let bytes: Vec<u8> = (0..draw.below(24))
            .map(|_| match i % 3 {
                0 => draw.below(256) as u8,
                1 => 0xa1 + draw.below(0x5e) as u8,
                _ if draw.below(8) == 0 => 0x80 + draw.below(128) as u8,
                _ => draw.below(128) as u8,
            })
            .collect();
        let decoded = decode::decode_declared(&bytes, [None, Some("euc-kr"), Some("utf-16le")][i % 3]);
        assert_eq!(decoded.lost, decoded.text.matches('\u{fffd}').count());
        if i % 100 == 0 {
            html::page_text(&bytes);
        }
    }
}

#[test]
fn korean_in_cp949_is_recognised_from_a_few_syllables_on() {
    let text: Vec<char> = language::Language::Korean.unseen().chars().filter(|c| *c != '\n').collect();
    let mut draw = Draw(5);
    let (mut right, tries) = (0, 2_000);
    for _ in 0..tries {
        let start = draw.below(text.len() - 12);
        let piece: String = text[start..start + 12].iter().collect();
        let (bytes, _, _) = encoding_rs::EUC_KR.encode(&piece);
        right += usize::from(decode::decode(&bytes).text == piece);
    }
    assert!(right * 1000 >= tries * 995, "{right} of {tries}");
}

#[test]
fn any_markup_is_some_page() {
    let parts = [
        "<",
        ">",
        "</",
        "/>",
        "<!--",
        "-->",
        "<!",
        "<?",
        "<![CDATA[",
        "]]>",
        "<p",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<a href=",
        "<a>",
        "</a>",
        "<script>",
        "</script",
        "<nav>",
        "</nav>",
        "<pre>",
        "<br>",
        "<title>",
        "<td>",
        "<html lang=",
        "=",
        "\"",
        "'",
        "&",
        "&amp",
        "&#",
        "&#x",
        ";",
        "가",
        "글",
        "a",
        "9",
        " ",
        "\n",
        "\u{0}",
        "é",
        "😀",
        "hidden",
        "<header>",
        "<h1>",
        "<ſcript>",
    ];
    let mut draw = Draw(6);
    for _ in 0..DRAWN {
        let page: String = (0..draw.below(10)).map(|_| parts[draw.below(parts.len())]).collect();
        let read = html::read(&page);
        for block in &read.blocks {
            assert!(!block.text.trim().is_empty() && block.linked <= block.columns, "{page:?}: {block:?}");
        }
        html::main_blocks(&read.blocks).count();
    }
}

#[test]
fn a_page_may_end_anywhere() {
    let mut page = String::from(
        "<!doctype html><html lang=\"ko\"><head><title>제목</title><script>if (a<b) {}</script></head><body>",
    );
    for i in 0..20 {
        let _ = write!(
            page,
            "<nav><a href='{i}'>메뉴 &lt;{i}&gt;</a></nav><p class=\"x>y\">문단 &#{};번째 &hellip;</p><!-- 말 -->",
            0xac00 + i
        );
    }
    for end in 0..=page.len() {
        let bytes = &page.as_bytes()[..end];
        let text = html::page_text(bytes);
        assert!(!text.contains("if (a"), "{text}");
    }
}

/// The declaration of human rights, as a real page: skipped where it is not at hand.
#[test]
fn a_real_page_is_read_whole() {
    for (file, language, first, last) in [
        ("udhr_ko.html", "ko", "세 계 인 권 선 언", "아니된다"),
        ("udhr_en.html", "en", "Universal Declaration of Human Rights", "set forth herein"),
    ] {
        let folder = std::env::var_os("WORKSHOP_CACHE").map(std::path::PathBuf::from);
        let Some(bytes) = folder.and_then(|folder| std::fs::read(folder.join("text").join(file)).ok()) else {
            eprintln!("skipped: no {file} in WORKSHOP_CACHE/text");
            continue;
        };
        let page = html::read(&decode::decode(&bytes).text);
        let text = html::page_text(&bytes);
        assert_eq!(page.lang.as_deref(), Some(language));
        assert!(text.contains(first), "{}", text.lines().next().unwrap_or_default());
        assert!(text.lines().last().is_some_and(|line| line.contains(last)), "{:?}", text.lines().last());
        assert_eq!(language::Identifier::default().verdict(&text).name(), language);
        println!(
            "{file}: {} blocks, {} lines of content, {} bytes",
            page.blocks.len(),
            text.lines().count(),
            text.len()
        );
        for block in &page.blocks {
            if !text.contains(&block.text) {
                println!("  left out: {:?}", block.text.chars().take(30).collect::<String>());
            }
        }
    }
}
