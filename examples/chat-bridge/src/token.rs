//! Reply tokens, which an agent holds in place of a conversation's id; and ids of tasks.

use std::fs::File;
use std::io::Read;

/// How long an agent may reply with one; each message of the person makes a new one.
pub const TTL_SECONDS: i64 = 600;

/// 80 bits in letters and digits that nobody confuses.
pub fn mint() -> Result<String, String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    // 32 letters divide 256, so each is as likely as any other.
    let letters: String = random()?.iter().map(|byte| ALPHABET[usize::from(byte % 32)] as char).collect();
    Ok(format!("rk_{}", letters))
}

/// Whether a token may still be used.
pub fn is_fresh(expires_at: i64, now: i64) -> bool {
    now < expires_at
}

/// A random UUID in capital letters, as the host writes them.
pub fn uuid() -> Result<String, String> {
    let mut bytes = random()?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{:02X}", byte)).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// The system's own randomness.
fn random() -> Result<[u8; 16], String> {
    let mut bytes = [0u8; 16];
    let mut source = File::open("/dev/urandom").map_err(|error| format!("no randomness: {}", error))?;
    source.read_exact(&mut bytes).map_err(|error| format!("no randomness: {}", error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{is_fresh, mint, uuid, TTL_SECONDS};
    use std::collections::HashSet;

    #[test]
    fn no_two_are_the_same() {
        let some: HashSet<String> = (0..1_000).map(|_| mint().unwrap()).collect();
        assert_eq!(some.len(), 1_000);
        assert!(some.iter().all(|token| token.len() == 19));
    }

    #[test]
    fn a_token_is_good_until_its_time_is_over() {
        assert!(is_fresh(1_000 + TTL_SECONDS, 1_000 + TTL_SECONDS - 1));
        assert!(!is_fresh(1_000 + TTL_SECONDS, 1_000 + TTL_SECONDS));
    }

    #[test]
    fn a_uuid_says_that_it_is_a_random_one() {
        let id = uuid().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(id.matches('-').count(), 4);
        assert_eq!(&id[14..15], "4");
        assert!("89AB".contains(&id[19..20]));
    }
}
