//! From a form to YAML that people edit: sections and help as comments, one key for each field.

use std::fmt::Write;

use domain::form::{Control, Field, RequestForm, Section};

/// Writes a form; [`super::read_one`] reads the same form again. `origin` says in the first line where it is from.
#[must_use]
pub fn write(form: &RequestForm, origin: &str) -> String {
    let defaults = RequestForm::new();
    let mut text = String::new();
    let origin: String = origin.chars().filter(|c| !c.is_control()).collect();
    let _ = writeln!(text, "# {origin}\n# A key that is left out has its default.");
    for section in Section::ALL {
        let mut lines = String::new();
        for field in section.fields() {
            line(&mut lines, form, &defaults, field);
        }
        if !lines.is_empty() {
            let _ = write!(text, "\n# {}\n{lines}", section.title());
        }
    }
    text
}

fn line(lines: &mut String, form: &RequestForm, defaults: &RequestForm, field: Field) {
    let (value, default) = (form.get(field), defaults.get(field));
    if !form.applies(field) && value == default {
        return;
    }
    for help in [Some(field.help().to_owned()), choices(field)].into_iter().flatten() {
        let _ = writeln!(lines, "# {help}");
    }
    let name = field.name();
    let _ = match (value.is_empty(), default.is_empty()) {
        (true, true) => writeln!(lines, "# {name}:"),
        (true, false) => writeln!(lines, "{name}: null"),
        (false, _) => {
            let value = written(field, value);
            // A list begins on the next line.
            let space = if value.starts_with('\n') { "" } else { " " };
            writeln!(lines, "{name}:{space}{value}")
        }
    };
}

fn choices(field: Field) -> Option<String> {
    let Control::Select(options) = field.control() else { return None };
    Some(format!("One of: {}.", options().into_iter().map(|(word, _)| word).collect::<Vec<_>>().join(", ")))
}

/// A value that is read as the same text again.
fn written(field: Field, value: &str) -> String {
    match field.control() {
        Control::Check if value == "on" => return "true".to_owned(),
        Control::Whole(_) | Control::Decimal(_) | Control::Select(_) if is_number(value) => return value.to_owned(),
        _ => {}
    }
    let separator = match field {
        Field::Services => Some("\n"),
        Field::Tags | Field::PersonalDataKinds => Some(", "),
        _ => None,
    };
    if let Some(separator) = separator {
        let items: Vec<&str> = value.split(separator).collect();
        let divides = separator.trim_end();
        let divides = if divides.is_empty() { separator } else { divides };
        if items.iter().all(|item| !item.is_empty() && !item.contains(divides)) {
            return items.iter().fold(String::new(), |list, item| format!("{list}\n  - {}", scalar(item)));
        }
    }
    if value.contains('\n') && is_block(value) {
        return value.split('\n').fold("|-".to_owned(), |block, line| {
            if line.is_empty() { format!("{block}\n") } else { format!("{block}\n  {line}") }
        });
    }
    scalar(value)
}

/// Whether YAML reads the number and writes it in the same letters.
fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok_and(|number| number.to_string() == text)
        || (text.contains('.')
            && text.parse::<f64>().is_ok_and(|number| number.is_finite() && number.to_string() == text))
}

/// Whether a literal block keeps every letter of it.
fn is_block(text: &str) -> bool {
    let starts_plain = text.lines().find(|line| !line.is_empty()).is_some_and(|line| !line.starts_with([' ', '\t']));
    let plain = |c: char| c == '\n' || is_printable(c);
    starts_plain
        && !text.starts_with('\n')
        && !text.ends_with('\n')
        && text.chars().all(plain)
        && text.split('\n').all(|line| line.trim_end() == line)
}

/// One line: without quotes where that cannot be taken for something else.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    if starts && text.bytes().all(plain) && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\t' => write!(quoted, "\\t"),
            '\r' => write!(quoted, "\\r"),
            c if is_printable(c) => write!(quoted, "{c}"),
            c if u32::from(c) <= 0xffff => write!(quoted, "\\u{:04x}", u32::from(c)),
            c => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

/// What YAML lets stand as it is, without its other line ends and the byte order mark.
fn is_printable(c: char) -> bool {
    match c {
        '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => true,
        _ => false,
    }
}
