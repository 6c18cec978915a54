//! Writes lines on a thread of its own, so that a log that cannot be written costs lines and never a request.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// Bytes of queued lines; further lines are dropped.
const MAX_QUEUED_BYTES: usize = 1_000_000;
/// Bytes that are written at once.
const BATCH_BYTES: usize = 64 * 1024;
/// How long lines are collected after some were written: waking the thread for each line costs a request more than its line.
const PAUSE: Duration = Duration::from_millis(2);

/// Takes lines without ever blocking or failing. Clones write into the same queue.
#[derive(Clone)]
pub struct LogWriter {
    sender: Sender<Message>,
    backlog: Arc<Backlog>,
}

enum Message {
    Line(Vec<u8>),
    /// Acknowledged once everything before it is written.
    Flush(SyncSender<()>),
}

#[derive(Default)]
struct Backlog {
    queued_bytes: AtomicUsize,
    /// Lines that were lost and are not yet reported.
    dropped_lines: AtomicU64,
}

impl LogWriter {
    /// Starts the thread that writes to `output`. Once it can be written again after lines were lost, `report` makes the
    /// line that says how many.
    ///
    /// # Errors
    /// When the system allows no more threads.
    pub fn start(output: impl Write + Send + 'static, report: fn(u64) -> String) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let backlog = Arc::<Backlog>::default();
        let shared = Arc::clone(&backlog);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_lines(&receiver, &shared, Output::new(output), report))?;
        Ok(Self { sender, backlog })
    }

    /// Waits until everything before is written or lost, but no longer than `timeout`.
    pub fn flush(&self, timeout: Duration) {
        let (done, is_done) = sync_channel(1);
        if self.sender.send(Message::Flush(done)).is_ok() {
            // The log may be stuck; then its lines are lost.
            let _ = is_done.recv_timeout(timeout);
        }
    }

    fn push(&self, line: &[u8]) {
        let queued = self.backlog.queued_bytes.fetch_add(line.len(), Ordering::Relaxed) + line.len();
        let is_full = queued > MAX_QUEUED_BYTES;
        if is_full || self.sender.send(Message::Line(line.to_vec())).is_err() {
            self.backlog.queued_bytes.fetch_sub(line.len(), Ordering::Relaxed);
            self.backlog.dropped_lines.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Each write is one whole line, as `tracing-subscriber` does it.
impl Write for &LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_lines<W: Write>(
    receiver: &Receiver<Message>,
    backlog: &Backlog,
    mut output: Output<W>,
    report: fn(u64) -> String,
) {
    let mut lines = Vec::new();
    while let Ok(first) = receiver.recv() {
        lines.clear();
        let mut flushed = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Line(line) => {
                    backlog.queued_bytes.fetch_sub(line.len(), Ordering::Relaxed);
                    lines.extend_from_slice(&line);
                }
                Message::Flush(done) => flushed.push(done),
            }
            let has_room = lines.len() < BATCH_BYTES && flushed.is_empty();
            next = if has_room { receiver.try_recv().ok() } else { None };
        }
        if !lines.is_empty() {
            let dropped = backlog.dropped_lines.swap(0, Ordering::Relaxed);
            let lost = if dropped > 0 && output.write_lines(report(dropped).as_bytes()) > 0 {
                dropped + count(&lines)
            } else {
                output.write_lines(&lines)
            };
            backlog.dropped_lines.fetch_add(lost, Ordering::Relaxed);
        }
        for done in &flushed {
            // The receiver is gone if it timed out.
            let _ = done.send(());
        }
        if flushed.is_empty() {
            thread::sleep(PAUSE);
        }
    }
}

fn count(lines: &[u8]) -> u64 {
    let ends = lines.iter().filter(|byte| **byte == b'\n');
    ends.count() as u64
}

/// Where lines go. What a failed write left of a line is ended before the next one, so that no two lines become one.
struct Output<W> {
    writer: W,
    is_mid_line: bool,
}

impl<W: Write> Output<W> {
    fn new(writer: W) -> Self {
        Self {
            writer,
            is_mid_line: false,
        }
    }

    /// Writes whole lines. The number of those that were not written whole.
    fn write_lines(&mut self, lines: &[u8]) -> u64 {
        if self.is_mid_line && !self.write_all(b"\n").is_empty() {
            return count(lines);
        }
        count(self.write_all(lines))
    }

    /// What could not be written.
    fn write_all<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        while !bytes.is_empty() {
            match self.writer.write(bytes) {
                Ok(written) if written > 0 => {
                    let (done, rest) = bytes.split_at(written.min(bytes.len()));
                    self.is_mid_line = !done.ends_with(b"\n");
                    bytes = rest;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return bytes,
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// A disk with room for so many bytes.
    #[derive(Clone)]
    struct Disk(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Disk {
        fn new(room: usize) -> Self {
            Self(Arc::new(Mutex::new((room, Vec::new()))))
        }

        fn set_room(&self, room: usize) {
            self.0.lock().unwrap().0 = room;
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().1.clone()).unwrap()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            let fitting = bytes.len().min(disk.0);
            if fitting == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.0 -= fitting;
            disk.1.extend_from_slice(&bytes[..fitting]);
            Ok(fitting)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log_on(disk: &Disk) -> LogWriter {
        LogWriter::start(disk.clone(), |lines| format!("dropped {lines}\n")).unwrap()
    }

    fn log(mut writer: &LogWriter, lines: &[&str]) {
        for line in lines {
            writer.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        writer.flush(TIMEOUT);
    }

    #[test]
    fn lines_come_out_in_order() {
        let disk = Disk::new(usize::MAX);
        log(&log_on(&disk), &["one", "two", "three"]);
        assert_eq!(disk.text(), "one\ntwo\nthree\n");
    }

    #[test]
    fn lost_lines_are_counted_once_the_log_can_be_written_again() {
        let disk = Disk::new(4);
        let writer = log_on(&disk);
        log(&writer, &["one", "two", "three"]);
        assert_eq!(disk.text(), "one\n");
        disk.set_room(usize::MAX);
        log(&writer, &["four", "five"]);
        assert_eq!(disk.text(), "one\ndropped 2\nfour\nfive\n");
    }

    #[test]
    fn half_a_line_does_not_run_into_the_next() {
        let disk = Disk::new(6);
        let writer = log_on(&disk);
        log(&writer, &["one", "two"]);
        assert_eq!(disk.text(), "one\ntw");
        // Room for a part of the report alone.
        disk.set_room(3);
        log(&writer, &["three"]);
        disk.set_room(usize::MAX);
        log(&writer, &["four"]);
        assert_eq!(disk.text(), "one\ntw\ndr\ndropped 2\nfour\n");
    }

    /// An output whose reader is not reading.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_queue_neither_blocks_nor_grows() {
        let (_reader, stuck) = channel();
        let writer = LogWriter::start(Stuck(stuck), |_| String::new()).unwrap();
        let line = [b'x'; 1_000];
        for _ in 0..3_000 {
            (&writer).write_all(&line).unwrap();
        }
        assert!(writer.backlog.queued_bytes.load(Ordering::Relaxed) <= MAX_QUEUED_BYTES);
        // The thread may hold a batch of lines.
        let held = BATCH_BYTES.div_ceil(line.len()) as u64;
        let dropped = writer.backlog.dropped_lines.load(Ordering::Relaxed);
        assert!((2_000 - held..=2_000).contains(&dropped), "{dropped}");
        writer.flush(Duration::from_millis(1));
    }
}
