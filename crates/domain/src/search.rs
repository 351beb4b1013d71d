//! Full-text search: the same words on every database.
//!
//! A text is cut into words at everything that is not a letter or digit, so `user_profiles` gives `user` and
//! `profiles`; a query matches where each of its words is the beginning of some word of the text.

/// The distinct words of a text, lower case, in order of appearance.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_at_underscores_and_fold_case() {
        assert_eq!(words("User_Profiles v2 — Émile's user"), ["user", "profiles", "v2", "émile", "s"]);
    }
}
