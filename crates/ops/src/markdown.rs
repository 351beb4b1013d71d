//! Markdown that people write, as HTML that cannot script.

use std::collections::HashSet;

use ammonia::UrlRelative;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// HTML made from Markdown: raw HTML is shown as text, images become links, links lead to the web or to mail alone.
///
/// The result is cleaned once more by an allow-list, so that a fault in the first step still cannot script.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
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
    });
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
