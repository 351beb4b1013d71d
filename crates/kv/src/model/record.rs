//! An entry as one run of bytes, for the stores that keep one: version 1, revision (16), updated at (8), expires at
//! (8, 0 for never), length of the content type (2), content type, value; numbers big-endian. The places of the first
//! fields are fixed, because a store's script reads them.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::entry::is_past;
use crate::{Content, Entry, Error, Head, Millis, Revision};

const VERSION: u8 = 1;
const FIXED: usize = 1 + 16 + 8 + 8 + 2;

pub(crate) fn encode(entry: &Entry) -> Bytes {
    let Content { value, content_type, expires_at } = &entry.content;
    let kind = &content_type.as_bytes()[..content_type.len().min(usize::from(u16::MAX))];
    let mut bytes = BytesMut::with_capacity(FIXED + kind.len() + value.len());
    bytes.put_u8(VERSION);
    bytes.put_slice(entry.revision.as_bytes());
    bytes.put_i64(entry.updated_at);
    bytes.put_i64(expires_at.unwrap_or(0));
    #[expect(clippy::cast_possible_truncation, reason = "cut to 65 535 above")]
    bytes.put_u16(kind.len() as u16);
    bytes.put_slice(kind);
    bytes.put_slice(value);
    bytes.freeze()
}

/// The entry; none where its time has passed.
pub(crate) fn decode(bytes: impl Into<Bytes>, now: Millis) -> Result<Option<Entry>, Error> {
    let mut bytes = bytes.into();
    let Some(head) = decode_head(&bytes, now)? else { return Ok(None) };
    bytes.advance(FIXED + head.content_type.len());
    let content = Content { value: bytes, content_type: head.content_type, expires_at: head.expires_at };
    Ok(Some(Entry { content, revision: head.revision, updated_at: head.updated_at }))
}

/// All but the value; none where its time has passed.
pub(crate) fn decode_head(mut bytes: &[u8], now: Millis) -> Result<Option<Head>, Error> {
    if bytes.len() < FIXED || bytes[0] != VERSION {
        return Err(Error::corrupt("a record of an unknown version"));
    }
    bytes.advance(1);
    let mut revision = [0; 16];
    bytes.copy_to_slice(&mut revision);
    let updated_at = bytes.get_i64();
    let expires_at = Some(bytes.get_i64()).filter(|at| *at != 0);
    let kind = usize::from(bytes.get_u16());
    let kind = bytes.get(..kind).and_then(|kind| std::str::from_utf8(kind).ok());
    let content_type = kind.ok_or_else(|| Error::corrupt("a record without its content type"))?;
    if is_past(expires_at, now) {
        return Ok(None);
    }
    let size = (bytes.len() - content_type.len()) as u64;
    let content_type = content_type.into();
    Ok(Some(Head { content_type, size, revision: Revision::from_bytes(revision), updated_at, expires_at }))
}
