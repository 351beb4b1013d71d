//! Light, dark, or as the system says: kept in a cookie, so that the server's first page has it already.

use leptos::prelude::*;

/// The colours that a person chose. The server provides it as context with every page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];
    /// The cookie's name, and the name of the form's input.
    pub const COOKIE: &str = "theme";

    /// What the cookie and the form say.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a word; anything unknown follows the system.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }

    /// The whole `Set-Cookie` value, for a year. Scripts may write it, so that a switch needs no answer from the server.
    #[must_use]
    pub fn cookie(self) -> String {
        format!("{}={}; Path=/; Max-Age=31536000; SameSite=Lax", Self::COOKIE, self.word())
    }

    /// The value of `data-theme` on the document, where style/tailwind.css looks; none leaves it to the system.
    #[must_use]
    pub fn data_theme(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("kvlight"),
            Self::Dark => Some("kvdark"),
        }
    }

    /// The theme of the page at hand: from the context on the server, from the document in the browser.
    #[must_use]
    pub fn current() -> Self {
        if cfg!(target_arch = "wasm32") {
            let shown = document().document_element().and_then(|root| root.get_attribute("data-theme"));
            Self::ALL.into_iter().find(|theme| theme.data_theme() == shown.as_deref()).unwrap_or_default()
        } else {
            use_context::<Self>().unwrap_or_default()
        }
    }

    /// Shows the page in this theme and keeps the choice; in the browser only.
    pub fn apply(self) {
        let document = document();
        if let Some(root) = document.document_element() {
            // Neither call can fail: the attribute's name is valid.
            let _ = match self.data_theme() {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
        let _ = web_sys::js_sys::Reflect::set(&document, &"cookie".into(), &self.cookie().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_back_and_others_follow_the_system() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_word(theme.word()), theme);
        }
        assert_eq!(Theme::from_word("<script>"), Theme::System);
    }
}
