//! A conversation as one text: ChatML, the template of many models (OpenAI, 2023; Qwen, SmolLM2).
//!
//! ```text
//! <|im_start|>user
//! 안녕?<|im_end|>
//! <|im_start|>assistant
//! ```
//!
//! Each part says whether the program wrote it as a special token. A content that holds `<|im_end|>` is text all the same.

/// The parts of a conversation of `(role, content)`, each with whether it is a special token: for each message `<|im_start|>`,
/// the role, a line end and the content, `<|im_end|>`, a line end; then, where an answer is asked for, `<|im_start|>` and
/// `assistant` with a line end.
///
/// Text between two special tokens is one part.
///
/// ```
/// use ex03_tokenizer::chat::chat_parts;
/// let parts = chat_parts(&[("user".to_owned(), "안녕?".to_owned())], true);
/// let text: String = parts.iter().map(|(_, part)| part.as_str()).collect();
/// assert_eq!(text, "<|im_start|>user\n안녕?<|im_end|>\n<|im_start|>assistant\n");
/// assert_eq!(parts[1], (false, "user\n안녕?".to_owned()));
/// ```
pub fn chat_parts(messages: &[(String, String)], answer: bool) -> Vec<(bool, String)> {
    todo!("the parts of the conversation in order, each with whether it is a special token")
}
