//! Korean sentences cut into morphemes by hand, and how well a tokenizer's cuts fit them.
//!
//! The sentences stand in `morphemes/*.txt`, one a line, a `+` between the morphemes of a word. Cut off are
//!
//! - particles, and each of several in a row: 도서관+에서+는; the plural 들 and the honorific 님;
//! - the forms of 이다: 학생+이+다;
//! - endings and the marks of tense and respect: 먹+었+습니다, 가+시+면;
//! - each part of a compound of verbs, after the ending -아/-어: 들+어+오+세요.
//!
//! A border counts where it falls between two syllables. Where it falls within one, nothing can be cut there: 갔 is 가+았, and so
//! 갔다 is 갔+다; 간다 is 가+ㄴ다, and stays whole; 마셔서 (마시+어서) and 합니다 (하+ㅂ니다) too. Verbs in -하다 and -되다, adverbs in
//! -이 and -히, and compounds of nouns are words of their own and stay whole: 시작하+면, 많이, 비빔밥.
//!
//! Places are counted in bytes: a cut within a syllable is then a cut that no morpheme has.

use crate::borders::{borders, precision_recall};
use crate::byte_level;
use crate::tokenizer::Tokenizer;
use crate::train::{INNER, WordCounts};
use crate::unigram::Unigram;
use crate::wordpieces::WordPiece;

const FILES: [&str; 3] =
    [include_str!("morphemes/home.txt"), include_str!("morphemes/town.txt"), include_str!("morphemes/world.txt")];

/// A sentence: of each word its morphemes, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words.
    pub words: Vec<Vec<String>>,
}

impl Sentence {
    /// Reads a line: a space between words, a `+` between morphemes.
    pub fn read(line: &str) -> Self {
        let word = |word: &str| word.split('+').map(str::to_owned).collect();
        Self { words: line.split_whitespace().map(word).collect() }
    }

    /// The text, as it is written.
    pub fn text(&self) -> String {
        self.words.iter().map(|word| word.concat()).collect::<Vec<_>>().join(" ")
    }

    /// Where a morpheme ends within a word, in bytes of the text.
    pub fn borders(&self) -> Vec<usize> {
        let (mut at, mut places) = (0, vec![]);
        for word in &self.words {
            places.extend(
                borders(&word.iter().map(|morpheme| written(morpheme.as_bytes())).collect::<Vec<_>>())
                    .iter()
                    .map(|place| at + place),
            );
            at += word.concat().len() + 1;
        }
        places
    }
}

/// The sentences that were cut by hand.
pub fn sentences() -> Vec<Sentence> {
    FILES.iter().flat_map(|file| file.lines()).map(Sentence::read).collect()
}

/// Precision and recall of a tokenizer's cuts within words, over all sentences together. `cut` gives the tokens of a text as
/// bytes, which together are the text. At a space every tokenizer cuts, and so places beside one do not count.
pub fn score(sentences: &[Sentence], cut: &dyn Fn(&str) -> Vec<Vec<u8>>) -> (f64, f64) {
    let (mut predicted, mut right, mut start) = (vec![], vec![], 0);
    for sentence in sentences {
        let text = sentence.text();
        // A byte is one character of the byte alphabet, so that the piece counts bytes.
        let tokens: Vec<String> = cut(&text).iter().map(|token| written(token)).collect();
        let bytes = text.as_bytes();
        let is_within = |at: usize| at > 0 && at < bytes.len() && bytes[at] != b' ' && bytes[at - 1] != b' ';
        predicted.extend(borders(&tokens).into_iter().filter(|at| is_within(*at)).map(|at| start + at));
        right.extend(sentence.borders().into_iter().map(|at| start + at));
        start += text.len() + 1;
    }
    precision_recall(&predicted, &right)
}

/// The tokens of a text as bytes, as [`score`] takes them.
pub fn tokens(tokenizer: &Tokenizer, text: &str) -> Vec<Vec<u8>> {
    tokenizer.encode(text).into_iter().map(|id| tokenizer.bpe.token(id).unwrap_or_default().to_vec()).collect()
}

/// The words of a text and the spaces between them, each word cut by `of_word`.
fn by_words(text: &str, of_word: impl Fn(&str) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let cut = |part: &str| if part == " " { vec![b" ".to_vec()] } else { of_word(part) };
    text.split_inclusive(' ')
        .flat_map(|part| part.strip_suffix(' ').map_or(vec![part], |word| vec![word, " "]))
        .filter(|part| !part.is_empty())
        .flat_map(cut)
        .collect()
}

/// The same of a WordPiece vocabulary, without its `##`. A word that it does not know is whole.
pub fn wordpieces(model: &WordPiece, text: &str) -> Vec<Vec<u8>> {
    by_words(text, |word| {
        let mut ids = vec![];
        model.encode_word(word, &mut ids);
        let tokens = ids.iter().map(|id| model.tokens().get(*id as usize).map_or("", String::as_str));
        let tokens: Vec<&str> = tokens.map(|token| token.strip_prefix(INNER).unwrap_or(token)).collect();
        if tokens.concat() != word {
            return vec![word.into()];
        }
        tokens.into_iter().map(Into::into).collect()
    })
}

/// The same of a unigram model.
pub fn unigrams(model: &Unigram, text: &str) -> Vec<Vec<u8>> {
    by_words(text, |word| {
        let mut start = 0;
        let part = |(_, end): (Option<u32>, usize)| {
            let part = word.as_bytes().get(start..end).unwrap_or_default().to_vec();
            start = end;
            part
        };
        model.segment(word).into_iter().map(part).collect()
    })
}

/// Texts counted by words between spaces: what WordPiece and the unigram model are trained on here.
pub fn words_of(texts: &[String]) -> WordCounts {
    let mut words = WordCounts::default();
    texts.iter().flat_map(|text| text.split_whitespace()).for_each(|word| words.add(word, 1));
    words
}

/// The tokens of a text to look at, a `|` between two. Bytes that are only a part of a character are written as numbers.
pub fn shown(tokenizer: &Tokenizer, text: &str) -> String {
    let shown = |token: Vec<u8>| -> String {
        let part = |chunk: std::str::Utf8Chunk<'_>| {
            let bytes: String = chunk.invalid().iter().map(|byte| format!("<{byte:02x}>")).collect();
            chunk.valid().to_owned() + &bytes
        };
        token.utf8_chunks().map(part).collect()
    };
    tokens(tokenizer, text).into_iter().map(shown).collect::<Vec<_>>().join("|")
}

fn written(token: &[u8]) -> String {
    byte_level::written(token)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use unicode_normalization::is_nfc;

    use super::*;
    use crate::split::Pattern;
    use crate::unigram;

    /// What may stand behind the first morpheme of a word: particles, endings, and verbs within compounds.
    const BEHIND: &str = "가 간다 갔 게 겠 고 과 기 까지 께 께서 너라 놀 놓 는 는다 는데도 니 니까 님 다 던 도 도록 든다 들 들인다 라서 려고 \
        려면 로 를 마다 만 면 면서 밖에 보 보다 부터 세요 셨 습니다 시 신다 아 아도 아서 아요 았 어 어서 어야 어요 었 에 에게 에서 \
        여 였 오 오르 온다 와 으니 으려고 으로 으면 으시 은 을 의 이 이나 이라도 입니다 자 주 지 지만 진다 처럼 한테서 혀";

    #[test]
    fn the_sentences_are_cut_alike() {
        let behind: BTreeSet<&str> = BEHIND.split_whitespace().collect();
        let (mut cuts, mut texts) = (BTreeMap::new(), BTreeSet::new());
        for line in FILES.iter().flat_map(|file| file.lines()) {
            let sentence = Sentence::read(line);
            assert!(is_nfc(line) && texts.insert(sentence.text()), "{line}");
            let again: Vec<String> = sentence.words.iter().map(|word| word.join("+")).collect();
            assert_eq!(again.join(" "), line);
            for word in &sentence.words {
                assert!(
                    word.iter().all(|part| !part.is_empty() && part.chars().all(|c| ('가'..='힣').contains(&c))),
                    "{line}"
                );
                assert!(word[1..].iter().all(|part| behind.contains(part.as_str())), "{line}: {word:?}");
                // One word is cut in one way.
                assert_eq!(cuts.entry(word.concat()).or_insert(word.clone()), word, "{line}");
            }
        }
        assert!(texts.len() >= 150, "{}", texts.len());
    }

    #[test]
    fn scores_are_those_by_hand() {
        let sentences = [Sentence::read("학교+에 갔+다"), Sentence::read("나+는")];
        assert_eq!((sentences[0].text().as_str(), sentences[0].borders()), ("학교에 갔다", vec![6, 13]));
        let score = |cut: &dyn Fn(&str) -> Vec<Vec<u8>>| score(&sentences, cut);
        // Whole words: nothing is predicted, and of nothing all is right.
        assert_eq!(score(&|text| text.split_inclusive(' ').map(|word| word.into()).collect()), (1.0, 0.0));
        // Characters: 학|교|에, 갔|다, 나|는.
        assert_eq!(score(&|text| text.chars().map(|c| c.to_string().into()).collect()), (0.75, 1.0));
        // Bytes: 8 + 5 + 5 places.
        assert_eq!(score(&|text| text.bytes().map(|b| vec![b]).collect()), (3.0 / 18.0, 1.0));
    }

    #[test]
    fn every_way_to_cut_gives_the_text_back() {
        let texts: Vec<String> = sentences().iter().map(Sentence::text).collect();
        let words = words_of(&texts);
        let pieces = WordPiece::train(&words, 1000).unwrap();
        let unigram = unigram::train(&words, &unigram::Settings::new(1000)).unwrap();
        for text in texts.iter().map(String::as_str).chain(["", " ", " 가  나 ", "뷁 ##가 x"]) {
            assert_eq!(wordpieces(&pieces, text).concat(), text.as_bytes(), "{text}");
            assert_eq!(unigrams(&unigram, text).concat(), text.as_bytes(), "{text}");
        }
        let ours = Tokenizer::train(&["학교 학교에 학교에서"], 262, Pattern::Llama3, &[]).unwrap();
        assert_eq!(shown(&ours, "학교가").split('|').next(), Some("학교"));
        assert!(shown(&ours, "학교가").ends_with("<ea>|<b0>|<80>"), "{}", shown(&ours, "학교가"));
    }
}
