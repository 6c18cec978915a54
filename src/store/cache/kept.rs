use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::store::Store;
use crate::store::changes::Topic;

/// The bytes of a response, and their digest, which takes a while for many.
#[derive(Debug)]
pub struct Body {
    bytes: Bytes,
    digest: String,
}

impl Body {
    /// A body of these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        // The first half of a SHA-256 is enough to tell answers apart.
        let digest = &Sha256::digest(&bytes)[..16];
        Self {
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes,
        }
    }
}

/// An answer that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its bytes.
    pub body: Bytes,
    /// Tells it from every other answer: a digest of its bytes, in hexadecimal.
    pub digest: String,
    /// What it shows, if that is known: otherwise it is not kept.
    topics: Option<Box<[Topic]>>,
    /// The newest position of the log of changes up to which nothing of that is known to have changed.
    since: AtomicI64,
    /// Its bytes, compressed, as [`Coding`] counts.
    packed: [OnceLock<Bytes>; 2],
    /// Whether it is in Redis, or on its way there.
    is_shared: AtomicBool,
}

/// How bytes are compressed on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

/// Bytes that a cached response takes beside its body and tags: itself, its digest, and the cache's own records of it (its key
/// twice, its place in the order of use, its counters).
const OVERHEAD: usize = size_of::<Kept>() + 700;
/// How the form begins in which processes hand answers to each other; another form begins otherwise.
const FORM: &[u8; 4] = b"kept";
/// Bytes of a topic in it.
const TOPIC: usize = size_of::<u64>();

impl Kept {
    /// An answer that was made when the log had this position, or a newer one.
    pub fn new(body: Body, topics: Option<Box<[Topic]>>, since: i64) -> Self {
        Self {
            digest: body.digest,
            body: body.bytes,
            topics,
            since: since.into(),
            packed: Default::default(),
            is_shared: AtomicBool::new(false),
        }
    }

    /// Whether it has not been shared before; now it is.
    pub(super) fn becomes_shared(&self) -> bool {
        !self.is_shared.swap(true, Ordering::Relaxed)
    }

    /// What it shows; none when that is not known.
    pub fn topics(&self) -> Option<&[Topic]> {
        self.topics.as_deref()
    }

    /// Its bytes, compressed, if they are kept so, too.
    pub fn packed(&self, coding: Coding) -> Option<&Bytes> {
        self.packed[coding as usize].get()
    }

    /// Adds its bytes, compressed.
    pub(super) fn pack(&self, coding: Coding, bytes: Bytes) {
        // Another may have been quicker, with the same.
        let _ = self.packed[coding as usize].set(bytes);
    }

    /// Whether nothing that it shows has changed, as far as the last look at the log tells, which was at `position` or is
    /// newer.
    pub(super) fn is_current(&self, store: &Store, position: i64) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        let is_current = self
            .topics()
            .is_some_and(|topics| store.changes().is_unchanged(since, topics));
        if is_current && since < position {
            self.since.fetch_max(position, Ordering::Relaxed);
        }
        is_current
    }

    /// Bytes of memory that it takes in the cache.
    pub(super) fn size(&self) -> usize {
        let packed = self.packed.iter().filter_map(OnceLock::get).map(Bytes::len);
        let parts = packed.chain([self.body.len(), self.topics().map_or(0, size_of_val)]);
        OVERHEAD + parts.map(allocated).sum::<usize>()
    }

    /// The form in which processes hand it to each other; only of one of which it is known what it shows.
    pub(super) fn write(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(self.size());
        bytes.put_slice(FORM);
        bytes.put_i64(self.since.load(Ordering::Relaxed));
        bytes.put_slice(self.digest.as_bytes());
        let topics = self.topics().unwrap_or_default();
        bytes.put_u32(u32::try_from(topics.len()).unwrap_or(u32::MAX));
        for topic in topics {
            bytes.put_u64(topic.bits());
        }
        bytes.put_slice(&self.body);
        bytes.freeze()
    }

    /// As [`write`](Self::write) wrote it; none for anything else.
    pub(super) fn read(mut bytes: Bytes) -> Option<Self> {
        let form = bytes.try_get_u32().ok()?;
        if form.to_be_bytes() != *FORM {
            return None;
        }
        let since = bytes.try_get_i64().ok()?;
        if bytes.len() < 32 {
            return None;
        }
        let digest = String::from_utf8(bytes.split_to(32).to_vec()).ok()?;
        let count = bytes.try_get_u32().ok()? as usize;
        if bytes.len() < count.checked_mul(TOPIC)? {
            return None;
        }
        let mut topics = bytes.split_to(count * TOPIC);
        let topics = std::iter::from_fn(|| topics.try_get_u64().ok()).map(Topic::of_bits);
        Some(Self {
            digest,
            topics: Some(topics.collect()),
            since: since.into(),
            packed: Default::default(),
            is_shared: AtomicBool::new(true),
            body: bytes,
        })
    }
}

/// Bytes that an allocation takes: allocators have sizes in steps of up to an eighth.
fn allocated(bytes: usize) -> usize {
    bytes + bytes / 8
}

#[cfg(test)]
mod tests {
    use entity::{PostId, post};

    use super::*;

    fn kept() -> Kept {
        let topics = [Topic::thing(PostId::new()), Topic::any(post::Entity)];
        Kept::new(Body::new("{}"), Some(topics.into()), 7)
    }

    #[test]
    fn another_process_reads_what_was_written() {
        let kept = kept();
        let read = Kept::read(kept.write()).expect("is read");
        assert_eq!((read.body, read.digest), (kept.body.clone(), kept.digest.clone()));
        assert_eq!(read.topics, kept.topics);
        assert_eq!(read.since.into_inner(), 7);
    }

    #[test]
    fn what_is_something_else_or_torn_is_nothing() {
        let whole = kept().write();
        let body = 2;
        for end in 0..whole.len() - body {
            assert!(Kept::read(whole.slice(..end)).is_none(), "{end} bytes");
        }
        let mut other = whole.to_vec();
        other[0] = b'K';
        assert!(Kept::read(other.into()).is_none());
        let mut endless = whole.to_vec();
        endless[44..48].fill(0xff);
        assert!(Kept::read(endless.into()).is_none(), "more topics than bytes");
    }

    #[test]
    fn compressed_bytes_count() {
        let kept = kept();
        let plain = kept.size();
        kept.pack(Coding::Gzip, Bytes::from_static(b"123"));
        kept.pack(Coding::Gzip, Bytes::from_static(b"12345"));
        assert_eq!(kept.size(), plain + allocated(3));
        assert_eq!(kept.packed(Coding::Gzip).map(Bytes::len), Some(3));
        assert_eq!(kept.packed(Coding::Brotli), None);
    }
}
