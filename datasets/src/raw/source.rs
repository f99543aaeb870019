//! The plain texts under the dirt. Every sentence has several forms, so that two texts on one topic are no duplicates.

use std::sync::OnceLock;

use crate::rng::Rng;

const CLEAN: &str = include_str!("../../text/raw/clean.txt");
const FOREIGN: &str = include_str!("../../text/raw/foreign.txt");
const TEST: &str = include_str!("../../text/raw/test.txt");

/// The blocks of a file: lines without the comments, parted by empty lines.
fn blocks(file: &'static str) -> Vec<Vec<&'static str>> {
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.is_empty()).filter(|block| !block.is_empty()).map(<[&str]>::to_vec).collect()
}

fn topics() -> &'static [Vec<&'static str>] {
    static READ: OnceLock<Vec<Vec<&'static str>>> = OnceLock::new();
    READ.get_or_init(|| blocks(CLEAN))
}

fn languages() -> &'static [Vec<&'static str>] {
    static READ: OnceLock<Vec<Vec<&'static str>>> = OnceLock::new();
    READ.get_or_init(|| blocks(FOREIGN))
}

/// The lines of the small test set that some documents of the dump are contaminated with.
pub fn test_set() -> Vec<&'static str> {
    blocks(TEST).into_iter().flatten().collect()
}

/// A good Korean text: mostly two paragraphs, each three to five sentences on a topic of its own. One in 25 is as good
/// and looks odd, for a filter to be wrong about.
pub(super) fn plain(rng: &mut Rng) -> String {
    if rng.chance(1, 25) {
        return odd(rng);
    }
    let mut places: Vec<usize> = (0..topics().len()).collect();
    rng.shuffle(&mut places);
    let paragraphs: Vec<String> =
        places.iter().take(2).filter_map(|place| topics().get(*place)).map(|topic| paragraph(topic, rng)).collect();
    paragraphs.join("\n")
}

fn paragraph(topic: &[&str], rng: &mut Rng) -> String {
    let (mut left, mut open) = (topic.len() as u32, rng.range(3, 5) as u32);
    let mut sentences = vec![];
    for line in topic {
        // Each line has the same chance, and exactly as many as are wanted are taken.
        if rng.chance(open, left) {
            open -= 1;
            sentences.push(chosen(line, rng));
        }
        left -= 1;
    }
    sentences.join(" ")
}

/// A menu, a verse with a refrain, sentences of a language lesson, or a chat.
fn odd(rng: &mut Rng) -> String {
    let mut shuffled = |items: &[&'static str], count: usize| -> Vec<&'static str> {
        let mut items = items.to_vec();
        rng.shuffle(&mut items);
        items.truncate(count);
        items
    };
    let dishes =
        shuffled(&["국수", "김밥", "만둣국", "비빔밥", "떡국", "수제비", "순두부", "파전", "식혜", "호박죽"], 6);
    let places = shuffled(&["지붕", "장독", "돌담", "나루터", "보리밭", "우물가", "고갯마루", "빨랫줄", "섬돌"], 6);
    let lines = shuffled(&languages()[0][1..], 4);
    let said = shuffled(
        &[
            "오늘 몇 시에 볼까?ㅋㅋ",
            "세 시쯤 어때ㅎㅎ",
            "나 조금 늦을 것 같아ㅠㅠ",
            "괜찮아, 천천히 와~",
            "우산 꼭 챙겨!!",
            "저녁은 내가 살게ㅋㅋㅋ",
            "진짜? 그럼 칼국수 먹자!",
            "좋아, 역 앞에서 만나.",
            "도착하면 전화해ㅎㅎ",
        ],
        7,
    );
    match rng.below(4) {
        0 => {
            let line = |dish| format!("{dish} {},{}00원", rng.range(2, 9), rng.range(1, 9));
            format!("오늘의 차림표\n{}", dishes.into_iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        1 => {
            let what = rng.pick(&["눈이", "비가", "봄이", "밤이"]).copied().unwrap_or("눈이");
            places
                .iter()
                .map(|place| format!("{what} 온다 {what} 온다 {place} 위에 {what} 온다"))
                .collect::<Vec<_>>()
                .join("\n")
        }
        2 => format!("오늘 외운 문장이다.\n{}\n소리 내어 세 번씩 읽고 공책에 옮겨 적었다.", lines.join("\n")),
        _ => said
            .iter()
            .enumerate()
            .map(|(i, line)| format!("{}: {line}", ["민서", "도윤"][i % 2]))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// A sentence of any topic.
pub(super) fn sentence(rng: &mut Rng) -> String {
    let line = rng.pick(topics()).and_then(|topic| rng.pick(topic)).copied().unwrap_or_default();
    chosen(line, rng)
}

/// The line with one of the alternatives of each bracket.
fn chosen(line: &str, rng: &mut Rng) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, after) = after.split_once(']').unwrap_or((after, ""));
        let alternatives: Vec<&str> = inside.split('|').collect();
        text.push_str(before);
        text.push_str(rng.pick(&alternatives).copied().unwrap_or_default());
        rest = after;
    }
    text + rest
}

/// A text in another language.
pub(super) fn foreign(rng: &mut Rng) -> String {
    let Some((name, lines)) = rng.pick(languages()).and_then(|language| language.split_first()) else {
        return String::new();
    };
    let mut lines = lines.to_vec();
    rng.shuffle(&mut lines);
    lines.truncate(rng.range(3, 5) as usize);
    lines.join(if matches!(*name, "japanese" | "chinese") { "" } else { " " })
}

/// A line of the test set.
pub(super) fn test_line(rng: &mut Rng) -> &'static str {
    rng.pick(&test_set()).copied().unwrap_or_default()
}
