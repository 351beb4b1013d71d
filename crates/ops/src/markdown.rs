//! Markdown that people write, as HTML that cannot script.

use std::collections::HashSet;

use ammonia::UrlRelative;
use domain::notice::mentioned_at;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream, html};

use crate::directory::People;

/// HTML made from Markdown: raw HTML is shown as text, images become links, links lead to the web or to mail alone.
///
/// The result is cleaned once more by an allow-list, so that a fault in the first step still cannot script.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    clean(markdown, events(markdown))
}

/// As [`to_html`], with the people whom it mentions set off.
#[must_use]
pub(crate) fn thread_html(markdown: &str, people: &People) -> String {
    let mut in_code = false;
    let events = TextMergeStream::new(events(markdown)).flat_map(|event| {
        match &event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code => return set_off(text, people),
            _ => {}
        }
        vec![event]
    });
    clean(markdown, events)
}

/// A text with what mentions somebody in bold.
fn set_off<'a>(text: &str, people: &People) -> Vec<Event<'a>> {
    let mut parts = Vec::new();
    let mut done = 0;
    for (handle, at) in mentioned_at(text).filter(|(handle, _)| people.has(handle)) {
        let end = at + 1 + handle.len();
        parts.push(Event::Text(text[done..at].to_owned().into()));
        parts.push(Event::Start(Tag::Strong));
        parts.push(Event::Text(text[at..end].to_owned().into()));
        parts.push(Event::End(TagEnd::Strong));
        done = end;
    }
    parts.push(Event::Text(text[done..].to_owned().into()));
    parts
}

/// The first words of a text without its marks, at most so many characters.
#[must_use]
pub(crate) fn excerpt(markdown: &str, characters: usize) -> String {
    let mut plain = String::new();
    for event in events(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => plain.push_str(&text),
            Event::Start(Tag::Strong | Tag::Emphasis | Tag::Strikethrough | Tag::Link { .. })
            | Event::End(TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Link) => {}
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= characters {
        return words;
    }
    let cut: String = words.chars().take(characters.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    Parser::new_ext(markdown, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // Headings of a text stand below those of the page's sections, whatever level they were written at.
        Event::Start(Tag::Heading { .. }) => Event::Start(text_heading()),
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H3)),
        Event::SoftBreak => Event::HardBreak,
        other => other,
    })
}

fn clean<'a>(markdown: &str, events: impl Iterator<Item = Event<'a>>) -> String {
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, events);
    ammonia::Builder::default()
        .tags(HashSet::from([
            "p",
            "h3",
            "br",
            "em",
            "strong",
            "del",
            "code",
            "pre",
            "ul",
            "ol",
            "li",
            "blockquote",
            "a",
            "hr",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&unsafe_html)
        .to_string()
}

fn text_heading<'a>() -> Tag<'a> {
    Tag::Heading { level: HeadingLevel::H3, id: None, classes: Vec::new(), attrs: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_lists_and_links_work() {
        let html = to_html("**Fast** lookups:\n\n- one\n- [two](https://example.com)");
        assert!(html.contains("<strong>Fast</strong>"), "{html}");
        assert!(html.contains("<li>one</li>"), "{html}");
        assert!(html.contains("href=\"https://example.com\""), "{html}");
        assert!(html.contains("noopener"), "{html}");
    }

    #[test]
    fn headings_of_every_level_stand_below_those_of_the_page() {
        for level in ["#", "##", "######"] {
            let html = to_html(&format!("{level} Why\n\nBecause."));
            assert!(html.contains("<h3>Why</h3>") && html.contains("<p>Because.</p>"), "{html}");
        }
    }

    #[test]
    fn nothing_scripts() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](javascript:alert(1))",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "<iframe src=https://example.com></iframe>",
            "`<script>`<script>alert(1)</script>",
            "<style>*{display:none}</style>",
            "[x](vbscript:msgbox)",
            "<https://example.com/\" onmouseover=alert(1)>",
        ] {
            let html = to_html(attack).to_lowercase();
            // What a person typed stands there as text, with `<` escaped; only real tags can do anything.
            for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                let name = tag.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
                assert!(["p", "br", "a", "code"].contains(&name), "{attack} → {html}");
                let href = tag.split("href=\"").nth(1);
                let is_web = href.is_none_or(|href| href.starts_with("https://"));
                assert!(is_web, "{attack} → {html}");
                let attributes = tag.split('"').step_by(2).collect::<String>();
                assert!(!attributes.contains(" on") && !attributes.contains("style"), "{attack} → {html}");
            }
        }
    }
}
