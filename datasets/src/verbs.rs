//! The forms of verbs and adjectives.
//!
//! An ending meets a stem in one of six ways ([`Joint`]); what the classes of irregular stems change is said once, in
//! [`Stem::open`] (before 으) and [`Stem::infinitive`] (before 아/어).

use crate::hangul::{RIEUL, Syllable};
use crate::lexicon::{Entry, Lexicon};

// Vowels and finals by number (see `hangul`).
const A: u32 = 0;
const AE: u32 = 1;
const YA: u32 = 2;
const EO: u32 = 4;
const E: u32 = 5;
const YEO: u32 = 6;
const YE: u32 = 7;
const O: u32 = 8;
const WA: u32 = 9;
const WAE: u32 = 10;
const OE: u32 = 11;
const U: u32 = 13;
const WEO: u32 = 14;
const EU: u32 = 18;
const I: u32 = 20;
const NIEUN: u32 = 4;
const DIGEUT: u32 = 7;
const BIEUP: u32 = 17;
const SIOT: u32 = 19;
const SSANG_SIOT: u32 = 20;
const HIEUT: u32 = 27;

/// How an ending meets the stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// As it is: 먹고, 만들고.
    Plain,
    /// ㄹ falls: 만드네.
    NoRieul,
    /// 는 after verbs, 은 or ㄴ after adjectives: 먹는데, 큰데.
    Adnominal,
    /// 는 after verbs, nothing after adjectives: 먹는구나, 크구나.
    Exclaim,
    /// 는다 and ㄴ다 after verbs, 다 after adjectives.
    Declare,
    /// 습니다 and ㅂ니다.
    Formal,
    /// 으 after a consonant, the given final under a vowel: 먹은, 간.
    Final(u32),
    /// 으 after a consonant: 먹으면, 가면.
    Open,
    /// 아/어.
    Infinitive,
    /// 았/었.
    Past,
    /// 겠.
    Guess,
}

/// A form that can be asked for: `었다`, `고`, `을까요` ….
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    joint: Joint,
    rest: &'static str,
}

impl Form {
    /// Looks a form up by its name; 아 and 어, 았 and 었, 으면 and 면 name the same.
    pub fn of(name: &str) -> Option<Self> {
        let name = match name.chars().next()? {
            '아' => format!("어{}", &name[3..]),
            '았' => format!("었{}", &name[3..]),
            _ => name.to_owned(),
        };
        let find = |wanted: &str| {
            FORMS.iter().find_map(|(joint, head, rests)| {
                let rest = wanted.strip_prefix(head)?;
                rests.iter().find(|found| **found == rest).map(|rest| Self { joint: *joint, rest })
            })
        };
        find(&name).or_else(|| find(name.strip_prefix('으')?))
    }
}

/// What follows 었 and 겠, whose ㅆ is a consonant.
#[rustfmt::skip]
const AFTER_SS: &[&str] = &[
    "다", "고", "지", "네", "네요", "니", "기", "지만", "는데", "는데요", "습니다", "습니까", "던",
    "거든", "거든요", "더니", "더라", "단다", "어요", "어", "을", "으면", "으니", "으니까", "으며", "을까",
    "을까요", "구나", "군요", "잖아", "잖아요", "죠", "지요", "나", "나요", "다고", "다는", "다가", "는지",
    "으나", "어도", "대", "대요", "더라면", "을지", "을지도", "는데도", "고요", "냐고", "느냐고", "던지",
    "다면", "기로", "기로는", "기까지", "기보다", "기에", "기를", "을때", "거나",
];

/// A way of joining, how the name of the form begins, what may follow.
type Row = (Joint, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const FORMS: &[Row] = &[
    (Joint::Plain, "", &[
        "다", "고", "지", "자", "기", "게", "다가", "지만", "던", "거나", "도록", "자마자", "거든", "거든요",
        "고요", "죠", "지요", "잖아", "잖아요", "고서", "든지", "더니", "더라", "자고", "기에", "기로", "기로는",
        "기까지", "기보다", "기도", "기는", "기만", "기를", "기가", "지는", "지도", "지를", "고는", "고도",
        "고자", "구나", "다고", "다는", "게요", "곤", "길", "지만요", "더라고요",
    ]),
    (Joint::NoRieul, "", &[
        "네", "네요", "니", "나요", "나", "느라", "느라고", "느냐", "느냐고", "냐고", "냐",
    ]),
    (Joint::Adnominal, "는", &[
        "", "데", "데요", "데도", "지", "지도", "가", "가요", "걸", "걸요", "대로",
    ]),
    (Joint::Exclaim, "는", &[
        "구나", "군", "군요", "구먼",
    ]),
    (Joint::Declare, "는", &[
        "다", "다고", "다는", "다면", "다지", "다며", "다네", "다고요", "단다", "대", "대요",
    ]),
    (Joint::Formal, "습", &[
        "니다", "니까", "니다만",
    ]),
    (Joint::Final(NIEUN), "은", &[
        "", "데", "데요", "지", "가", "가요", "채", "후",
    ]),
    (Joint::Final(RIEUL), "을", &[
        "", "까", "까요", "게", "게요", "수록", "지", "지도", "래", "래요", "걸", "때", "때는", "때마다",
        "뿐",
    ]),
    (Joint::Final(BIEUP), "읍", &[
        "시다",
    ]),
    (Joint::Open, "", &[
        "면", "려고", "려면", "려는", "려다", "려다가", "려던", "러", "며", "면서", "면서도", "니까", "니",
        "나", "라고", "라", "리라", "세요", "시다", "신다", "셨다", "셨어요", "셨습니다", "십니다", "십시오",
        "시는", "시고", "시지", "신", "시면", "셨고", "셨지만", "셨는데", "셨던", "셔서", "실", "실까요",
        "시네요", "시던", "셨어", "셔", "셔요", "시려고", "시며", "시자", "세",
    ]),
    (Joint::Infinitive, "어", &[
        "", "요", "서", "도", "야", "라", "서는", "서도", "다", "다가", "야지", "야만", "야겠다", "야겠어요",
        "야겠네", "야죠", "야지요", "야겠다고", "봐", "보니", "라고", "지다",
    ]),
    (Joint::Past, "었", AFTER_SS),
    (Joint::Guess, "겠", AFTER_SS),
];

/// A form of a verb or an adjective given by its dictionary form; `entry.field("불규칙")` overrules the class that its stem suggests.
pub fn conjugate(entry: &Entry, form: Form) -> String {
    // A phrase (책을 읽다) changes in its last word only, and the stem is all that precedes 다.
    let text = entry.text.strip_suffix('다').unwrap_or(&entry.text);
    Stem::new(text, entry.adjective, entry.field("불규칙")).with(form)
}

/// The form of a word given without an entry: an adjective where the lexicon knows it as one, its class guessed from the stem.
pub fn conjugate_word(word: &str, form: Form) -> String {
    let adjective = Lexicon::embedded().is_adjective(word);
    Stem::new(word.strip_suffix('다').unwrap_or(word), adjective, None).with(form)
}

/// What a stem does before a vowel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Regular,
    /// 돕다, 도우면, 도와.
    B,
    /// 걷다, 걸으면.
    D,
    /// 짓다, 지으면.
    S,
    /// 빨갛다, 빨간, 빨개.
    H,
    /// 부르다, 불러.
    Reu,
    /// 푸르다, 푸르러.
    Reo,
    /// 푸다, 퍼.
    U,
}

struct Stem<'a> {
    text: &'a str,
    last: Syllable,
    adjective: bool,
    class: Class,
}

impl<'a> Stem<'a> {
    fn new(text: &'a str, adjective: bool, named: Option<&str>) -> Self {
        let last = text.chars().next_back().and_then(Syllable::of).unwrap_or(Syllable { lead: 11, vowel: I, tail: 0 });
        let class = match named {
            Some("ㅂ") => Class::B,
            Some("ㄷ") => Class::D,
            Some("ㅅ") => Class::S,
            Some("ㅎ") => Class::H,
            Some("르") => Class::Reu,
            Some("러") => Class::Reo,
            Some("우") => Class::U,
            Some("없음") => Class::Regular,
            _ => guess(text, last, adjective),
        };
        Self { text, last, adjective, class }
    }

    /// All but the last syllable.
    fn head(&self) -> &'a str {
        let mut letters = self.text.chars();
        letters.next_back();
        letters.as_str()
    }

    fn ends_in_consonant(&self) -> bool {
        self.last.tail != 0 && self.last.tail != RIEUL
    }

    /// 있다 and 없다 are verbs before 는 (있는) and adjectives before 다 (있다).
    fn exists(&self) -> bool {
        self.text.ends_with('있') || self.text.ends_with('없')
    }

    fn without_rieul(&self) -> String {
        if self.last.tail == RIEUL { self.ending_with(Syllable { tail: 0, ..self.last }) } else { self.text.to_owned() }
    }

    fn ending_with(&self, last: Syllable) -> String {
        let mut made = String::with_capacity(self.text.len() + 16);
        made.push_str(self.head());
        made.push(last.letter());
        made
    }

    /// The stem before an ending in 으: it ends in a vowel or in ㄹ.
    fn open(&self) -> String {
        let bare = Syllable { tail: 0, ..self.last };
        match self.class {
            Class::B => self.ending_with(bare) + "우",
            Class::D => self.ending_with(Syllable { tail: RIEUL, ..self.last }) + "으",
            Class::S => self.ending_with(bare) + "으",
            Class::H => self.ending_with(bare),
            _ if self.ends_in_consonant() => self.text.to_owned() + "으",
            _ => self.text.to_owned(),
        }
    }

    /// The stem with 아/어, contracted.
    fn infinitive(&self) -> String {
        let last = self.last;
        let bare = Syllable { tail: 0, ..last };
        let bright = |vowel| vowel == A || vowel == O || vowel == YA;
        let ah = |vowel| if bright(vowel) { "아" } else { "어" };
        match self.class {
            // Only 돕다 and 곱다 keep the bright vowel.
            Class::B => {
                self.ending_with(bare)
                    + if matches!(self.text.chars().next_back(), Some('돕' | '곱')) { "와" } else { "워" }
            }
            Class::D => self.ending_with(Syllable { tail: RIEUL, ..last }) + ah(last.vowel),
            Class::S => self.ending_with(bare) + ah(last.vowel),
            Class::H => {
                let vowel = match last.vowel {
                    YA => 3,   // 하얗다, 하얘
                    YEO => YE, // 허옇다, 허예
                    EO if !matches!(self.text.chars().next_back(), Some('렇' | '떻')) => E,
                    _ => AE,
                };
                self.ending_with(Syllable { vowel, ..bare })
            }
            Class::Reo => self.text.to_owned() + "러",
            Class::U => self.ending_with(Syllable { vowel: EO, ..bare }),
            Class::Reu => {
                let mut letters = self.head().chars();
                let before = letters.next_back().and_then(Syllable::of).unwrap_or(bare);
                let mut made = letters.as_str().to_owned();
                made.push(Syllable { tail: RIEUL, ..before }.letter());
                made + if bright(before.vowel) { "라" } else { "러" }
            }
            Class::Regular if last.tail != 0 => self.text.to_owned() + ah(last.vowel),
            Class::Regular => self.contracted(),
        }
    }

    /// A stem that ends in a vowel: the vowel and 아/어 become one.
    fn contracted(&self) -> String {
        let last = self.last;
        let vowel = match last.vowel {
            A if last.lead == 18 => AE, // 하다, 해
            A | AE | EO | E | YEO | YE | 3 => return self.text.to_owned(),
            O => WA,
            U => WEO,
            OE => WAE,
            EU => {
                // 쓰다, 써; the vowel before decides: 바쁘다, 바빠.
                let before = self.head().chars().next_back().and_then(Syllable::of);
                if before.is_some_and(|syllable| syllable.vowel == A || syllable.vowel == O) { A } else { EO }
            }
            I if !self.text.ends_with("아니")
                && !KEEPS_I.contains(&self.text.rsplit(' ').next().unwrap_or_default()) =>
            {
                YEO
            }
            _ => return self.text.to_owned() + "어",
        };
        self.ending_with(Syllable { vowel, ..last })
    }

    fn with(&self, form: Form) -> String {
        let rest = form.rest;
        let declared = !self.adjective && !self.exists();
        match form.joint {
            Joint::Plain => self.text.to_owned() + rest,
            Joint::Guess => self.text.to_owned() + "겠" + rest,
            Joint::NoRieul => self.without_rieul() + rest,
            Joint::Adnominal if self.adjective && !self.exists() => final_under(self.open(), NIEUN) + rest,
            Joint::Adnominal => self.without_rieul() + "는" + rest,
            Joint::Exclaim if declared => self.without_rieul() + "는" + rest,
            Joint::Exclaim => self.text.to_owned() + rest,
            Joint::Declare => match (declared, self.ends_in_consonant()) {
                (false, _) => self.text.to_owned() + rest,
                (true, true) => self.text.to_owned() + "는" + rest,
                (true, false) => final_under(self.without_rieul(), NIEUN) + rest,
            },
            Joint::Formal if self.ends_in_consonant() => self.text.to_owned() + "습" + rest,
            Joint::Formal => final_under(self.without_rieul(), BIEUP) + rest,
            Joint::Final(tail) => final_under(self.open(), tail) + rest,
            Joint::Open => {
                let open = self.open();
                // ㄹ falls before ㄴ and ㅅ, and stays before ㄹ and ㅁ.
                let falls =
                    rest.chars().next().and_then(Syllable::of).is_some_and(|first| first.lead == 2 || first.lead == 9);
                if falls && self.last.tail == RIEUL { self.without_rieul() + rest } else { open + rest }
            }
            Joint::Infinitive if self.text.ends_with("아니") && rest.is_empty() => self.text.to_owned() + "야",
            Joint::Infinitive if self.text.ends_with("아니") && rest == "요" => self.text.to_owned() + "에요",
            Joint::Infinitive => self.infinitive() + rest,
            Joint::Past => final_under(self.infinitive(), SSANG_SIOT) + rest,
        }
    }
}

/// Puts a final under the last syllable (in the place of ㄹ where that stands there).
fn final_under(mut text: String, tail: u32) -> String {
    if let Some(last) = text.pop() {
        text.push(Syllable::of(last).map_or(last, |syllable| Syllable { tail, ..syllable }.letter()));
    }
    text
}

/// Stems in ㅣ that do not contract in writing: 피어, 기어.
const KEEPS_I: &[&str] = &["피", "기", "비", "시", "띠", "삐", "튀", "희", "이", "미"];

/// The class that a stem suggests, for words whose entry names none.
fn guess(text: &str, last: Syllable, adjective: bool) -> Class {
    let word = text.rsplit(' ').next().unwrap_or(text);
    let ends = |list: &[char]| word.chars().next_back().is_some_and(|letter| list.contains(&letter));
    match (last.tail, last.vowel) {
        (BIEUP, _)
            if !(ends(&['입', '잡', '접', '집', '뽑', '씹', '꼽', '업', '뵙', '잽', '좁', '헙'])
                || word.ends_with("수줍")) =>
        {
            Class::B
        }
        (DIGEUT, _)
            if (ends(&['걷', '듣', '묻', '싣', '긷', '컫', '붇']) && !word.ends_with("파묻"))
                || word.ends_with("깨닫") =>
        {
            Class::D
        }
        (SIOT, _) if ends(&['짓', '낫', '잇', '붓', '긋', '젓', '잣']) => Class::S,
        (HIEUT, _) if adjective && !ends(&['좋']) => Class::H,
        (0, EU) if last.lead == 5 => match word {
            "푸르" | "이르" | "누르" if adjective || word == "푸르" => Class::Reo,
            _ if ["따르", "치르", "들르", "우러르", "다다르"].iter().any(|regular| word.ends_with(regular)) => {
                Class::Regular
            }
            _ => Class::Reu,
        },
        (0, U) if word == "푸" => Class::U,
        _ => Class::Regular,
    }
}
