//! Rules as TOML: what a file, the page's text view and the command line hold.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};

use super::{Problem, Problems, Rules, RulesForm};

/// Reads rules from TOML.
///
/// # Errors
/// Where it is no TOML or names something that rules do not have: the line, and what is known there. The rules
/// themselves are judged by [`RulesForm::parse`].
pub fn from_toml(text: &str) -> Result<RulesForm, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| line_at(text, span.start));
        let place = line.map(|line| format!("Line {line}: ")).unwrap_or_default();
        let rule = line.and_then(|line| rule_before(text, line)).map(|id| format!("rule {id}: ")).unwrap_or_default();
        format!("{place}{rule}{}.", error.message().trim_end_matches('.'))
    })
}

/// Says of each problem in which line of the text it is, as near as the text has what is wrong.
#[must_use]
pub fn located(Problems(problems): Problems, text: &str) -> Problems {
    let root = DeTable::parse(text).ok().map(|table| DeValue::Table(table.into_inner()));
    let locate = |problem: Problem| {
        let line = root.as_ref().and_then(|root| start_of(root, &problem.input)).map(|start| line_at(text, start));
        match (line, problem.place.as_str()) {
            (None, _) => problem,
            (Some(line), "") => Problem { place: format!("line {line}"), ..problem },
            (Some(line), place) => Problem { place: format!("line {line}, {place}"), ..problem },
        }
    };
    Problems(problems.into_iter().map(locate).collect())
}

/// Where in the text an input such as `rule.0.when.1.value` stands, or the nearest that it is part of.
fn start_of(root: &DeValue<'_>, input: &str) -> Option<usize> {
    let (_, path) = input.split_once('.')?;
    let mut found = root.get("rules")?;
    for part in path.split('.') {
        let within = found.get_ref();
        let next = part.parse::<usize>().map_or_else(|_| within.get(part), |index| within.get(index));
        let Some(next) = next else { break };
        found = next;
    }
    Some(found.span().start)
}

/// Counts from 1.
fn line_at(text: &str, start: usize) -> usize {
    text.get(..start).unwrap_or(text).matches('\n').count() + 1
}

/// The id of the rule that a line belongs to, as far as it can be seen.
fn rule_before(text: &str, line: usize) -> Option<&str> {
    let within: Vec<&str> = text.lines().collect();
    let start = within.iter().take(line).rposition(|line| line.trim() == "[[rules]]")?;
    let id = within[start..].iter().skip(1).take_while(|line| line.trim() != "[[rules]]").find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "id").then(|| value.trim().trim_matches('"'))
    })?;
    Some(id)
}

/// Writes rules as TOML, which [`from_toml`] reads back to the same.
#[must_use]
pub fn to_toml(rules: &Rules) -> String {
    let mut text = String::new();
    for (index, rule) in RulesForm::from(rules).rules.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        let _ = writeln!(text, "{separator}[[rules]]");
        for (key, value) in [("id", &rule.id), ("says", &rule.says), ("effect", &rule.effect)] {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
        if !rule.reviews.is_empty() {
            let _ = writeln!(text, "reviews = {}", rule.reviews);
        }
        if !rule.matching.is_empty() {
            let _ = writeln!(text, "match = {}", quoted(&rule.matching));
        }
        if !rule.when.is_empty() {
            let _ = writeln!(text, "when = [");
            for condition in &rule.when {
                let [fact, op, value] = [&condition.fact, &condition.op, &condition.value].map(|part| quoted(part));
                let _ = writeln!(text, "    {{ fact = {fact}, op = {op}, value = {value} }},");
            }
            let _ = writeln!(text, "]");
        }
    }
    text
}

/// A basic string of TOML. Written here, because the browser shows rules as text and should not load a whole library.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
