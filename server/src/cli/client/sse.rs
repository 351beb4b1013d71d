//! Server-sent events, as far as the service sends them.

/// Takes bytes as they come and gives whole events.
#[derive(Debug, Default)]
pub struct Reader {
    /// What has come of a line.
    line: Vec<u8>,
    event: Event,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: Option<String>,
    pub data: String,
}

impl Reader {
    /// The events that these bytes complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            events.extend(self.end_line(line.trim_end_matches('\r')));
        }
        events
    }

    fn end_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (!event.name.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // A comment keeps the connection alive.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_their_bytes_come() {
        let bytes = ": watching\n\nevent: put\nid: 9f-1\ndata: {\"key\":\"ключ\"}\n\n:\n\nevent:delete\r\ndata:a\r\ndata:b\r\n\r\n";
        let put = Event { name: "put".into(), id: Some("9f-1".into()), data: "{\"key\":\"ключ\"}".into() };
        let delete = Event { name: "delete".into(), id: None, data: "a\nb".into() };
        for size in 1..bytes.len() {
            let mut reader = Reader::default();
            let events: Vec<Event> = bytes.as_bytes().chunks(size).flat_map(|chunk| reader.push(chunk)).collect();
            assert_eq!(events, [put.clone(), delete.clone()]);
        }
    }
}
