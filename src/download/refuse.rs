//! What is never kept, whatever a manifest says: pickles, which run code when they are loaded, and pointers of Git LFS,
//! which only name the file that was meant. Web pages are known too, since they come in the place of files.
//!
//! The course's own `.bin` files are no pickles, so names decide only where they leave no doubt; the content decides in
//! the end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Names that say pickle. `.pt` and `.pth` are what PyTorch calls its own.
const ENDINGS: [&str; 5] = [".pkl", ".pickle", ".pt", ".pth", ".ckpt"];
/// How a pointer of Git LFS begins.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1";
/// How many bytes tell what a file is.
pub const HEAD: usize = 1024;
/// How much of the end of a zip is searched: PyTorch writes the pickle first, and its name stands in the list at the end.
const TAIL: u64 = 4 << 20;

/// Something that is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It runs code when it is loaded.
    Pickle,
    /// It only names the file.
    Pointer,
    /// It is what a network's login page, or an error of a mirror, puts in the place of the file.
    WebPage,
}

/// Whether a path or an address ends like a pickle.
pub fn is_pickle_name(name: &str) -> bool {
    let name = name.split(['?', '#']).next().unwrap_or_default().to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// What the beginning of a file gives away.
pub fn in_head(head: &[u8]) -> Option<Refused> {
    if head.starts_with(POINTER) {
        return Some(Refused::Pointer);
    }
    is_pickle(head).then_some(Refused::Pickle)
}

/// What the beginning of an answer gives away, when a file of this name was asked for.
pub fn in_answer(head: &[u8], name: &str) -> Option<Refused> {
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let is_web_page = text.starts_with("<!doctype html") || text.starts_with("<html");
    let is_meant = [".html", ".htm"].iter().any(|ending| name.to_lowercase().ends_with(ending));
    in_head(head).or((is_web_page && !is_meant).then_some(Refused::WebPage))
}

/// What a whole file gives away.
///
/// # Errors
/// When it cannot be read.
pub fn in_file(file: &mut File) -> io::Result<Option<Refused>> {
    file.rewind()?;
    let mut head = vec![];
    file.take(HEAD as u64).read_to_end(&mut head)?;
    if head.starts_with(b"PK\x03\x04") {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = vec![];
        file.take(TAIL).read_to_end(&mut tail)?;
        let has_pickle = |bytes: &[u8]| bytes.windows(8).any(|name| name == b"data.pkl");
        return Ok((has_pickle(&head) || has_pickle(&tail)).then_some(Refused::Pickle));
    }
    Ok(in_head(&head))
}

/// Protocols 2 to 5 begin with the opcode PROTO and the protocol, and then comes an opcode that makes something. Other
/// files may begin with the same two bytes, so the third counts too, and safetensors (the length of a header, and then
/// the header) is told apart.
fn is_pickle(head: &[u8]) -> bool {
    const MAKES: &[u8] = b"(])}NIJKLMFGSTUVXBCc\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96";
    let &[0x80, 2..=5, opcode, ..] = head else { return false };
    let is_safetensors = head.get(5..9) == Some(b"\0\0\0{");
    MAKES.contains(&opcode) && !is_safetensors
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn pickles_are_told_from_what_begins_like_them() {
        // Python: pickle.dumps({'a': 1}, protocol) for 2 to 5, and the magic of torch.save before 1.6.
        for pickle in [
            &b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s."[..],
            b"\x80\x03}q\x00X\x01\x00\x00\x00aq\x01K\x01s.",
            b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
            b"\x80\x05\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
            b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        ] {
            assert_eq!(in_head(pickle), Some(Refused::Pickle), "{pickle:?}");
        }
        // llama2.c's header with a width of 640; safetensors with headers of 640 and of 2,622,080 bytes; text; nothing.
        for other in [
            &b"\x80\x02\x00\x00\xac\x00\x00\x00"[..],
            b"\x80\x02\x00\x00\x00\x00\x00\x00{\"a\"",
            b"\x80\x02(\x00\x00\x00\x00\x00{\"a\"",
            b"(dense)",
            b"",
        ] {
            assert_eq!(in_head(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_pickle_is_found_at_the_end_of_a_zip_too() {
        let zip = |name: &[u8], before: usize| {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(b"PK\x03\x04").expect("written");
            file.write_all(&vec![7; before]).expect("written");
            file.write_all(name).expect("written");
            in_file(&mut file).expect("read")
        };
        for before in [0, 3000, 6 << 20] {
            assert_eq!(zip(b"model/data.pkl", before), Some(Refused::Pickle));
            assert_eq!(zip(b"model/data.npy", before), None);
        }
    }

    #[test]
    fn a_web_page_is_refused_unless_it_was_meant() {
        let page = b"\xef\xbb\xbf\n<HTML><body>";
        assert_eq!(in_answer(page, "a.bin"), Some(Refused::WebPage));
        assert_eq!(in_answer(page, "a.HTML"), None);
        assert_eq!(in_answer(b"<xml>", "a.bin"), None);
    }

    #[test]
    fn names_leave_no_doubt_or_are_not_judged() {
        assert!(["a/model.PT", "m.pkl", "x.pth?download=true"].iter().all(|name| is_pickle_name(name)));
        assert!(!["stories.bin", "a.pt.safetensors", "pkl"].iter().any(|name| is_pickle_name(name)));
    }
}
