//! Each kind of dirt, put on a plain text.

use super::encode::{cp949, decompose, escape, full_width, mojibake};
use super::source::{foreign, plain, sentence, test_line};
use super::{Dirt, Truth};
use crate::rng::Rng;

/// The bytes of a document and what is true of it.
pub(super) fn make(dirt: Dirt, of: Option<u64>, seed: u64, index: u64, rng: &mut Rng) -> (Vec<u8>, Truth) {
    let text = plain(&mut Rng::named("raw text", seed, of.unwrap_or(index)));
    let kept = |bytes: Vec<u8>| (bytes, Some(text.clone()), vec![]);
    let gone = |bytes: String| (bytes.into_bytes(), None, vec![]);
    let (bytes, clean, personal) = match dirt {
        Dirt::Clean => kept(text.clone().into_bytes()),
        Dirt::Mojibake => {
            let once = mojibake(&text);
            kept(if rng.chance(1, 4) { mojibake(&once) } else { once }.into_bytes())
        }
        // A text with a sign that CP949 writes in other rows is in UTF-8 after all, and nothing is wrong with it.
        Dirt::Cp949 => match cp949(&text) {
            Some(bytes) => kept(bytes),
            None => return (text.clone().into_bytes(), truth(Dirt::Clean, None, Some(text), vec![])),
        },
        Dirt::Decomposed => kept(decompose(&text).into_bytes()),
        Dirt::FullWidth => kept(full_width(&text).into_bytes()),
        Dirt::Control => kept(control(&text, rng).into_bytes()),
        Dirt::Html => {
            // Its heading is part of the text.
            let title = pick(rng, TITLES);
            (page(title, &text, rng).into_bytes(), Some(format!("{title}\n{text}")), vec![])
        }
        Dirt::Foreign => gone(foreign(rng)),
        Dirt::TooShort => gone(pick(rng, SHORT).to_owned()),
        Dirt::Spam => gone(spam(rng)),
        Dirt::Repeated => gone(repeated(&text, rng)),
        Dirt::Personal => {
            let (text, clean, personal) = with_personal(&text, rng);
            (text.into_bytes(), Some(clean), personal)
        }
        Dirt::ExactDuplicate => gone(text.clone()),
        Dirt::NearDuplicate => gone(edited(&text, rng)),
        Dirt::Contaminated => gone(contaminated(&text, rng)),
        Dirt::Empty => gone(pick(rng, &["", " ", "\n\n", "\u{3000}", "\t \n"]).to_owned()),
    };
    (bytes, truth(dirt, of, clean, personal))
}

fn truth(dirt: Dirt, of: Option<u64>, clean: Option<String>, personal: Vec<String>) -> Truth {
    Truth { dirt, of, clean, personal }
}

fn pick<'a>(rng: &mut Rng, items: &[&'a str]) -> &'a str {
    rng.pick(items).copied().unwrap_or_default()
}

const SHORT: &[&str] = &[
    "네",
    "좋아요",
    "감사합니다",
    "잘 봤어요.",
    "1등",
    "저도요",
    "퍼가요~",
    "출석",
    "내용 없음",
    "사진 3장",
    "더 보기",
    "삭제된 글",
];

/// Characters that are not seen, and a byte-order mark in front.
fn control(text: &str, rng: &mut Rng) -> String {
    let mut out = String::from("\u{feff}");
    for sign in text.chars() {
        out.push(sign);
        if rng.chance(1, 12) {
            out.push_str(pick(rng, &["\u{1}", "\u{200b}", "\u{7f}", "\u{ad}", "\u{8}", "\u{200e}"]));
        }
    }
    out
}

const TITLES: &[&str] = &["우리 동네 소식", "오늘의 글", "살림 이야기", "나의 하루", "이웃 게시판"];

/// A web page around the text.
fn page(title: &str, text: &str, rng: &mut Rng) -> String {
    let menu: String = ["처음으로", "새 글", "인기 글", "회원 가입", "로그인", "고객 센터"]
        .map(|item| format!("<li><a href=\"#\">{item}</a></li>"))
        .concat();
    let paragraphs: String = text.lines().map(|line| format!("<p>{}</p>\n", escape(line))).collect();
    let advert =
        pick(rng, &["오늘만 반값! 지금 확인하세요", "무료 배송 이벤트 진행 중", "회원이면 누구나 할인 쿠폰 증정"]);
    format!(
        "<!doctype html>\n<html lang=\"ko\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>.menu {{ color: red; }}</style><script>var count = 1; if (count < 2) {{ show(\"광고\"); }}</script></head>\n\
         <body><header><nav><ul>{menu}</ul></nav></header>\n<main><article><h1>{title}</h1>\n{paragraphs}</article></main>\n\
         <aside><a href=\"#\">{advert}</a></aside>\n<footer>이용 약관 | 개인 정보 처리 방침 | 저작권 표시</footer></body></html>\n"
    )
}

/// What fills pages and says nothing.
fn spam(rng: &mut Rng) -> String {
    let times = rng.range(12, 60) as usize;
    match rng.below(5) {
        // Whole sentences: nothing that counts signs can tell.
        4 => {
            let mut lines = [
                "지금 신청하시면 누구나 무료로 상담을 받으실 수 있습니다.",
                "오늘까지만 드리는 특별한 혜택을 놓치지 마세요.",
                "전화 한 통이면 그 자리에서 바로 해결해 드립니다.",
                "선착순 백 분께는 푸짐한 사은품을 함께 보내 드립니다.",
                "망설이는 순간 기회는 다른 분께 돌아갑니다.",
                "가입만 하셔도 적립금을 바로 넣어 드립니다.",
                "이미 많은 분이 믿고 맡기셨습니다.",
                "비교해 보시면 차이를 느끼실 수 있습니다.",
            ];
            rng.shuffle(&mut lines);
            lines[..5].join(" ")
        }
        0 => pick(rng, &["ㅋ", "ㅎ", "ㅠ", "ㅋㅎ"]).repeat(times),
        1 => format!("{}{}", pick(rng, &["대박", "헐", "진짜"]), pick(rng, &["!", "~", "?!", "ㅋ"]).repeat(times)),
        2 => format!("{} ", pick(rng, &["무료쿠폰", "당일배송", "최저가", "이벤트당첨"]))
            .repeat(times)
            .trim_end()
            .to_owned(),
        _ => format!("{} ", pick(rng, &["★", "♥", "-=-=", "▶◀", ">>>"])).repeat(times).trim_end().to_owned(),
    }
}

/// One sentence on many lines, as a broken template writes it.
fn repeated(text: &str, rng: &mut Rng) -> String {
    let line = text.split_inclusive(". ").next().unwrap_or(text).trim().to_owned() + "\n";
    line.repeat(rng.range(8, 30) as usize).trim_end().to_owned()
}

/// The text with invented personal data in it; the same with what should stand there; the data.
fn with_personal(text: &str, rng: &mut Rng) -> (String, String, Vec<String>) {
    let digits = |rng: &mut Rng, count: usize| -> String {
        (0..count).map(|_| char::from(b'0' + rng.below(10) as u8)).collect()
    };
    // No such telephone number is ever given out, and example.kr and example.com belong to nobody.
    let datum = match rng.below(8) {
        // As people write what machines should not find.
        6 => format!("공일공 공공공공 {}", digits(rng, 4)),
        7 => format!("user{} 골뱅이 example 점 com", digits(rng, 3)),
        0..3 => format!("010-0000-{}", digits(rng, 4)),
        3 | 4 => format!("user{}@{}", digits(rng, 3), pick(rng, &["example.com", "example.kr"])),
        _ => {
            let (year, month, day) = (rng.range(50, 99), rng.range(1, 12), rng.range(1, 28));
            format!("{year}{month:02}{day:02}-{}{}", rng.range(1, 2), digits(rng, 6))
        }
    };
    let (before, after) = match rng.below(3) {
        0 => ("문의는 ", "로 하면 된다."),
        1 => ("연락할 곳: ", "."),
        _ => ("적어 둔 것은 ", " 하나뿐이다."),
    };
    // What a mask is, is the pipeline's own affair: so the clean text is the one without the sentence.
    (format!("{text} {before}{datum}{after}"), text.to_owned(), vec![datum])
}

/// The text with up to four of the small changes by which a copy differs from its source.
fn edited(text: &str, rng: &mut Rng) -> String {
    let mut out = text.to_owned();
    for _ in 0..rng.range(1, 4) {
        out = match rng.below(9) {
            0 => format!(
                "{out} {}",
                pick(rng, &["(끝)", "출처: 이웃 게시판", "퍼온 글입니다.", "무단 전재를 금합니다."])
            ),
            1 => format!("{} {out}", pick(rng, &["[펌]", "[공지]", "(재업)", "다시 올립니다."])),
            // The end is cut off, as in a preview.
            2 => {
                let keep = out.chars().count() * 9 / 10;
                out.chars().take(keep).collect::<String>() + "..."
            }
            3 => out.replace('\n', " ").replace(". ", ".\n"),
            4 => out.replacen("었다.", "었습니다.", 1).replacen("했다.", "했습니다.", 1),
            5 => typo(&out, rng),
            6 => {
                let mut sentences: Vec<&str> = out.split_inclusive(". ").collect();
                sentences.remove(rng.below(sentences.len() as u32) as usize);
                if sentences.is_empty() { out } else { sentences.concat() }
            }
            7 => format!("{out} {}", sentence(rng)),
            _ => out.replacen(' ', "", 3),
        };
    }
    // A copy that came out the same would be an exact one.
    if out == text { format!("{out} (끝)") } else { out }
}

/// Two neighbouring signs change places.
fn typo(text: &str, rng: &mut Rng) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    let at = rng.below(signs.len().saturating_sub(1) as u32) as usize;
    if at + 1 < signs.len() {
        signs.swap(at, at + 1);
    }
    signs.into_iter().collect()
}

/// A line of the test set among the sentences of a text.
fn contaminated(text: &str, rng: &mut Rng) -> String {
    let mut line = test_line(rng).to_owned();
    if rng.chance(1, 5) {
        // In other words: neighbours change places all along the line.
        let mut words: Vec<&str> = line.split(' ').collect();
        words.chunks_mut(5).filter(|chunk| chunk.len() > 2).for_each(|chunk| chunk.swap(1, 2));
        line = words.join(" ");
    }
    let first = text.split_inclusive(". ").next().unwrap_or_default().trim_end();
    match rng.below(3) {
        0 => line,
        1 => format!("{first} {line}"),
        _ => format!("{line} {first}"),
    }
}
