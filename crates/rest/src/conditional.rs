//! Entity tags and preconditions (RFC 9110, section 13).
//!
//! An entry's revision makes the tags of its three forms: `"rev"` raw, `"rev-e"` envelope, and with `-z` compressed.
//! Preconditions compare revisions: whoever read one form may write under the tag of it.

use http::{HeaderMap, HeaderName, header};
use kv::{Condition, Revision};

use crate::problem::Problem;

/// The condition that the headers of a write set.
pub(crate) fn of_write(headers: &HeaderMap) -> Result<Condition, Problem> {
    match (tags(headers, header::IF_MATCH)?, tags(headers, header::IF_NONE_MATCH)?) {
        (Some(_), Some(_)) => Err(Problem::malformed("send If-Match or If-None-Match, not both")),
        (Some(Tags::Any), None) => Ok(Condition::Present),
        (Some(Tags::These(revisions)), None) => Ok(Condition::OneOf(revisions)),
        (None, Some(Tags::Any)) => Ok(Condition::Absent),
        (None, Some(Tags::These(revisions))) => Ok(Condition::NoneOf(revisions)),
        (None, None) => Ok(Condition::Always),
    }
}

/// What a read shall answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Whole,
    NotModified,
    Failed,
}

/// How a read of an entry at `current` is answered. `If-Match` counts first.
pub(crate) fn of_read(headers: &HeaderMap, current: Revision) -> Result<Reading, Problem> {
    if tags(headers, header::IF_MATCH)?.is_some_and(|tags| !tags.has(current)) {
        return Ok(Reading::Failed);
    }
    let unmodified = tags(headers, header::IF_NONE_MATCH)?.is_some_and(|tags| tags.has(current));
    Ok(if unmodified { Reading::NotModified } else { Reading::Whole })
}

enum Tags {
    Any,
    These(Vec<Revision>),
}

impl Tags {
    fn has(&self, revision: Revision) -> bool {
        match self {
            Self::Any => true,
            Self::These(revisions) => revisions.contains(&revision),
        }
    }
}

/// The tags of a header. One that is well formed but not ours matches no entry; a weak one matches none where it stands
/// for a strong comparison, and the same revision where it stands for a weak one.
fn tags(headers: &HeaderMap, name: HeaderName) -> Result<Option<Tags>, Problem> {
    let mut found = None;
    for value in headers.get_all(&name) {
        let wrong =
            || Problem::malformed(format!("{name} is `*` or entity tags in double quotes, as an ETag had them"));
        let mut rest = value.to_str().map_err(|_| wrong())?.trim();
        if rest == "*" {
            return Ok(Some(Tags::Any));
        }
        if rest.is_empty() {
            return Err(wrong());
        }
        let revisions = found.get_or_insert_with(Vec::new);
        while !rest.is_empty() {
            let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
            let quoted = quoted.strip_prefix('"').ok_or_else(wrong)?;
            let (tag, after) = quoted.split_once('"').ok_or_else(wrong)?;
            let revision = tag.split('-').next().unwrap_or_default().parse();
            if let Ok(revision) = revision
                && (!weak || name == header::IF_NONE_MATCH)
            {
                revisions.push(revision);
            }
            rest = after.trim_start();
            match rest.strip_prefix(',') {
                Some(more) => rest = more.trim_start(),
                None if rest.is_empty() => break,
                None => return Err(wrong()),
            }
        }
    }
    Ok(found.map(Tags::These))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REV: &str = "018f0000000070008000000000000001";

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn every_form_of_a_tag_is_the_revision() {
        let revision: Revision = REV.parse().unwrap();
        for value in [
            format!("\"{REV}\""),
            format!("\"{REV}-e\""),
            format!("\"other\", \"{REV}-e-z\" ,\"x\""),
            format!("\"{REV}-z\","),
        ] {
            let of = of_write(&headers(header::IF_MATCH, &value)).unwrap_or_else(|_| panic!("{value}"));
            assert_eq!(of, Condition::OneOf(vec![revision]), "{value}");
            assert_eq!(of_read(&headers(header::IF_NONE_MATCH, &value), revision).unwrap(), Reading::NotModified);
        }
        assert_eq!(of_write(&headers(header::IF_MATCH, "*")).unwrap(), Condition::Present);
        assert_eq!(of_write(&headers(header::IF_NONE_MATCH, "*")).unwrap(), Condition::Absent);
        assert_eq!(of_write(&headers(header::IF_MATCH, "\"not ours\"")).unwrap(), Condition::OneOf(vec![]));
        assert_eq!(of_write(&headers(header::IF_MATCH, &format!("W/\"{REV}\""))).unwrap(), Condition::OneOf(vec![]));
        assert_eq!(
            of_read(&headers(header::IF_NONE_MATCH, &format!("W/\"{REV}\"")), revision).unwrap(),
            Reading::NotModified
        );
        assert_eq!(of_read(&headers(header::IF_MATCH, "\"other\""), revision).unwrap(), Reading::Failed);
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for value in [REV.to_owned(), "\"open".to_owned(), format!("\"{REV}\" \"{REV}\""), "x".to_owned()] {
            assert!(of_write(&headers(header::IF_MATCH, &value)).is_err(), "{value}");
        }
    }
}
