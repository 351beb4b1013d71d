//! What the page's own inputs hold.

use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{
        Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement,
        js_sys::Array,
    },
};

/// The value of an input, as a form would post it: `on` or nothing for a box to tick.
#[must_use]
pub fn value_of(element: &Element) -> Option<String> {
    if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
        let ticked = if input.checked() { "on".to_owned() } else { String::new() };
        return Some(if input.type_() == "checkbox" { ticked } else { input.value() });
    }
    if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
        return Some(area.value());
    }
    element.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value)
}

/// The value of the input with an id; none where the page has no such input.
#[must_use]
pub fn value_of_id(id: &str) -> Option<String> {
    document().get_element_by_id(id).as_ref().and_then(value_of)
}

/// Tells the style sheet that scripts run: it hides what does not apply (`cond-off`).
pub fn mark_scripted() {
    if let Some(root) = document().document_element() {
        // Fails only for an empty word or one with a space.
        let _ = root.class_list().add_1("js");
    }
}

/// Moves the focus to an element and brings it into view.
pub fn focus_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.scroll_into_view();
        // Fails only for an element that cannot have the focus; the page has none of those behind such an id.
        let _ = element.focus();
    }
}

/// The names and values that a form would post, in order.
#[must_use]
pub fn form_pairs(form: &HtmlFormElement) -> Vec<(String, String)> {
    let Ok(data) = FormData::new_with_form(form) else { return Vec::new() };
    let pair = |entry: JsValue| {
        let entry = entry.dyn_into::<Array>().ok()?;
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    data.entries().into_iter().filter_map(|entry| entry.ok().and_then(pair)).collect()
}
