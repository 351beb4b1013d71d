//! Path and query, strictly: what cannot be decoded or is not known is refused instead of being guessed.

use axum::extract::{FromRequestParts, RawPathParams};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{HeaderMap, request::Parts};
use kv::Key;

use crate::problem::Problem;

/// The parameters of a query, each of which is taken once; what is left at the end is unknown.
#[derive(Debug)]
pub struct Query(Vec<(String, Vec<u8>)>);

impl Query {
    /// # Errors
    /// 400 where it cannot be decoded, or a parameter comes twice.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut all: Vec<(String, Vec<u8>)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = String::from_utf8(decode(name)?).map_err(|_| Problem::malformed("the query is not UTF-8"))?;
            if all.iter().any(|(one, _)| *one == name) {
                return Err(Problem::malformed(format!("the parameter `{name}` comes twice")));
            }
            all.push((name, decode(value)?));
        }
        Ok(Self(all))
    }

    fn bytes(&mut self, name: &str) -> Option<Bytes> {
        let place = self.0.iter().position(|(one, _)| one == name)?;
        Some(self.0.swap_remove(place).1.into())
    }

    /// `name` as UTF-8, or the bytes of `name_b64`.
    ///
    /// # Errors
    /// 400 where there are both, or it cannot be decoded.
    pub fn text_or_b64(&mut self, name: &str) -> Result<Option<Bytes>, Problem> {
        let text = self.text(name)?;
        let encoded = self.text(&format!("{name}_b64"))?;
        match (text, encoded) {
            (Some(_), Some(_)) => Err(Problem::malformed(format!("send `{name}` or `{name}_b64`, not both"))),
            (text, None) => Ok(text.map(Bytes::from)),
            (None, Some(encoded)) => {
                let bytes = STANDARD.decode(&encoded).or_else(|_| URL_SAFE_NO_PAD.decode(&encoded));
                let bytes = bytes.map_err(|_| Problem::malformed(format!("`{name}_b64` is no base64")))?;
                Ok(Some(bytes.into()))
            }
        }
    }

    /// # Errors
    /// 400 where it is not UTF-8.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let Some(bytes) = self.bytes(name) else { return Ok(None) };
        let wrong = |_| Problem::malformed(format!("`{name}` is not UTF-8; keys of any bytes go as `{name}_b64`"));
        String::from_utf8(bytes.to_vec()).map(Some).map_err(wrong)
    }

    /// A whole number of any size: one that is too large for its bound is out of bounds, not malformed.
    ///
    /// # Errors
    /// 400 where it is no whole number.
    pub fn whole(&mut self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::malformed(format!("`{name}` is a whole number")));
        }
        Ok(Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })))
    }

    /// `1`, `true` or nothing for yes, `0` or `false` for no.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn flag(&mut self, name: &str) -> Result<bool, Problem> {
        match self.text(name)?.as_deref() {
            None | Some("0" | "false") => Ok(false),
            Some("" | "1" | "true") => Ok(true),
            Some(_) => Err(Problem::malformed(format!("`{name}` is 1 or 0"))),
        }
    }

    /// That everything was known.
    ///
    /// # Errors
    /// 400 where something is left.
    pub fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            Some((name, _)) => Err(Problem::malformed(format!("the parameter `{name}` is unknown here; see /docs"))),
            None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

/// `+` is a space, and every `%` is followed by two hexadecimal digits.
fn decode(text: &str) -> Result<Vec<u8>, Problem> {
    check_percent(text)?;
    let spaced = text.replace('+', " ");
    Ok(percent_encoding::percent_decode_str(&spaced).collect())
}

pub(crate) fn check_percent(text: &str) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        *byte == b'%' && !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err(Problem::malformed("a `%` in the address needs two hexadecimal digits; `%` itself is %25"));
    }
    Ok(())
}

/// The dataset of the path; `default` where the path has none.
pub(crate) struct DatasetName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for DatasetName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let [dataset] = path_params(parts, state, ["dataset"]).await?;
        Ok(Self(dataset.unwrap_or_else(default_dataset)))
    }
}

/// The key of the path, or of `?key=` and `?key_b64=`, and the rest of the query.
pub(crate) struct Address {
    pub dataset: String,
    pub key: Key,
    pub query: Query,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let [dataset, key] = path_params(parts, state, ["dataset", "key"]).await?;
        let mut query = Query::from_request_parts(parts, state).await?;
        let key = match key {
            Some(key) => Bytes::from(key),
            None => {
                query.text_or_b64("key")?.ok_or_else(|| Problem::malformed("say which entry: ?key= or ?key_b64="))?
            }
        };
        let key =
            Key::new(key).map_err(|error| data::Error::Invalid { field: "key".into(), problem: error.to_string() })?;
        Ok(Self { dataset: dataset.unwrap_or_else(default_dataset), key, query })
    }
}

fn default_dataset() -> String {
    "default".to_owned()
}

/// The parts of the path with these names.
async fn path_params<S: Send + Sync, const N: usize>(
    parts: &mut Parts,
    state: &S,
    names: [&str; N],
) -> Result<[Option<String>; N], Problem> {
    check_percent(parts.uri.path())?;
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Problem::malformed("the address is not UTF-8; keys of any bytes go as …/entry?key_b64="))?;
    Ok(names.map(|name| params.iter().find(|(one, _)| *one == name).map(|(_, value)| value.to_owned())))
}

/// Whether a header that lists media types names this one with a quality above 0.
pub(crate) fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get_all(http::header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let named = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted));
            let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)));
            named && !refused
        })
}

/// The media type of the body without its parameters, in lower case.
pub(crate) fn essence(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
