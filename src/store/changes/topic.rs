use sea_orm::EntityName;
use uuid::Uuid;

/// Something that an answer shows and a write changes. 64 bits: two that fall together let an answer go too early, never
/// too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(u64);

impl Topic {
    /// All there is: for imports, which change more than is worth naming.
    pub const EVERYTHING: Self = Self(0);

    /// A thing, of whichever table: ids are of their own in all of them.
    pub fn thing(id: impl Into<Uuid>) -> Self {
        // The second half of a UUID v7 is random (RFC 9562 §5.7).
        Self(id.into().as_u64_pair().1)
    }

    /// Things.
    pub fn things<I: Into<Uuid> + Copy>(ids: &[I]) -> impl Iterator<Item = Self> {
        ids.iter().map(|id| Self::thing(*id))
    }

    /// Which rows of a table stand below a thing, and in which order.
    pub fn below(table: impl EntityName, parent: impl Into<Uuid>) -> Self {
        Self::listed(digest(table.table_name()), parent)
    }

    fn listed(table: u64, parent: impl Into<Uuid>) -> Self {
        Self(Self::thing(parent).0.rotate_left(1) ^ table)
    }

    /// Which rows of a table stand below each of these things.
    pub fn below_each<I: Into<Uuid> + Copy>(table: impl EntityName, parents: &[I]) -> impl Iterator<Item = Self> {
        let table = digest(table.table_name());
        parents.iter().map(move |parent| Self::listed(table, *parent))
    }

    /// Which rows a table has at all, by whatever they are looked for.
    pub fn any(table: impl EntityName) -> Self {
        Self::below(table, Uuid::nil())
    }

    /// What it is told apart by.
    pub fn number(self) -> u64 {
        self.0
    }

    /// As [`write`] writes it.
    fn read(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): the same in every process and version.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// How many topics a row of the log names; more are everything.
const MOST: usize = 5_000;
/// Letters of a topic in the log.
const WIDTH: usize = 16;

/// Topics as the log has them, each once.
pub fn write(mut topics: Vec<Topic>) -> String {
    topics.sort_unstable();
    topics.dedup();
    if topics.len() > MOST {
        topics = vec![Topic::EVERYTHING];
    }
    topics.iter().map(|topic| format!("{:0WIDTH$x}", topic.0)).collect()
}

/// Topics as [`write`] wrote them; what cannot be read may be everything.
pub fn read(text: &str) -> Vec<Topic> {
    let topics = text
        .as_bytes()
        .chunks(WIDTH)
        .map(|letters| std::str::from_utf8(letters).ok().and_then(Topic::read));
    topics.collect::<Option<_>>().unwrap_or_else(|| vec![Topic::EVERYTHING])
}

#[cfg(test)]
mod tests {
    use entity::{PostId, post, tag};

    use super::*;

    #[test]
    fn things_and_lists_are_told_apart() {
        let (one, other) = (PostId::new(), PostId::new());
        let topics = [
            Topic::thing(one),
            Topic::thing(other),
            Topic::below(post::Entity, one),
            Topic::below(tag::Entity, one),
            Topic::below(post::Entity, other),
            Topic::any(post::Entity),
            Topic::EVERYTHING,
        ];
        for (place, topic) in topics.iter().enumerate() {
            assert!(!topics[..place].contains(topic));
        }
    }

    #[test]
    fn the_log_reads_what_it_wrote() {
        let mut topics = vec![Topic::thing(PostId::new()), Topic::any(post::Entity)];
        topics.sort_unstable();
        assert_eq!(read(&write([topics.clone(), topics.clone()].concat())), topics);
        assert_eq!(read(""), []);
    }

    #[test]
    fn what_is_too_much_or_unreadable_is_everything() {
        let many = (0..=MOST).map(|_| Topic::thing(PostId::new())).collect();
        assert_eq!(read(&write(many)), [Topic::EVERYTHING]);
        assert_eq!(read("not a topic at all"), [Topic::EVERYTHING]);
        assert_eq!(read("ü"), [Topic::EVERYTHING]);
    }
}
