//! What single texts of the form mean: numbers as people group them, addresses that hold secrets.

/// An error of a parser as a sentence for people: a capital first, a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(chars.as_str());
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// Whether an address has a password before its host: `scheme://user:password@host` or the same without a scheme.
pub(super) fn has_password(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// Whether a parameter such as `password=` or `X-Amz-Signature=` is given.
pub(super) fn names_secret(text: &str) -> bool {
    const SECRETS: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "signature",
        "sig",
    ];
    let letters: String = text.to_ascii_lowercase().chars().filter(|c| !matches!(c, ' ' | '-' | '_')).collect();
    letters.match_indices('=').any(|(at, _)| SECRETS.iter().any(|secret| letters[..at].ends_with(secret)))
}

/// The digits without what groups them by threes: spaces, thin spaces, `_` or commas. Text that is grouped otherwise
/// stays as it is, and so is no number: `1,5` must not become 15.
pub(super) fn ungrouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut groups = whole.split([' ', '\u{a0}', '\u{202f}', '_', ',']);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let by_threes = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    if rest.is_empty() || !by_threes {
        return text.to_owned();
    }
    let digits = format!("{first}{}", rest.concat());
    fraction.map_or(digits.clone(), |fraction| format!("{digits}.{fraction}"))
}

/// A decimal number times `scale`, exactly; none where it is no such number or has more decimals than `scale` holds.
pub(crate) fn scaled(text: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let decimals = scale.ilog10() as usize;
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > decimals {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let fraction: u64 =
        format!("{fraction:0<decimals$}").parse().ok().or(if decimals == 0 { Some(0) } else { None })?;
    whole.checked_mul(scale)?.checked_add(fraction)
}
