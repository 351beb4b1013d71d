//! Bytes for people.

/// Bytes in a line of a dump.
const WIDTH: usize = 16;

/// A line of a dump: where it begins, its bytes as pairs of digits, and as characters where they are printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub offset: String,
    pub digits: String,
    pub text: String,
}

/// The lines of a dump.
#[must_use]
pub fn dump(bytes: &[u8]) -> Vec<Line> {
    let line = |(place, chunk): (usize, &[u8])| {
        let mut digits = String::with_capacity(WIDTH * 3);
        for (place, byte) in chunk.iter().enumerate() {
            digits.push_str(if place == 0 {
                ""
            } else if place == WIDTH / 2 {
                "  "
            } else {
                " "
            });
            digits.push_str(&format!("{byte:02x}"));
        }
        let text = chunk.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' }).collect();
        Line { offset: format!("{:08x}", place * WIDTH), digits, text }
    };
    bytes.chunks(WIDTH).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_shows_places_digits_and_characters() {
        let bytes: Vec<u8> = (b'A'..=b'P').chain([0, 0xff, b'~', 0x7f]).collect();
        let lines = dump(&bytes);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].digits, "41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50");
        assert_eq!((lines[0].offset.as_str(), lines[0].text.as_str()), ("00000000", "ABCDEFGHIJKLMNOP"));
        assert_eq!((lines[1].offset.as_str(), lines[1].digits.as_str()), ("00000010", "00 ff 7e 7f"));
        assert_eq!(lines[1].text, "··~·");
        assert_eq!(dump(b""), []);
    }
}
