//! Results, on stdout: lines for people, or one JSON document. A closed pipe (`| head`) is a reader who has seen enough.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use serde::Serialize;

use super::render::{self, Show};
use super::round::Round;
use super::{Exit, Failure};

/// Where results go.
pub(super) struct Out<W: Write> {
    to: W,
    error: Option<io::Error>,
}

impl Out<BufWriter<StdoutLock<'static>>> {
    /// To stdout, until it is closed with [`Out::close`].
    pub(super) fn stdout() -> Self {
        Out::to(BufWriter::new(io::stdout().lock()))
    }
}

impl<W: Write> Out<W> {
    /// To any writer.
    pub(super) fn to(writer: W) -> Self {
        Out { to: writer, error: None }
    }

    /// One line for people. What came over the network cannot break it or steer the terminal.
    pub(super) fn line(&mut self, text: impl Display) {
        let text = one_line(&text.to_string());
        self.put(|to| writeln!(to, "{text}"));
    }

    /// Text as it is.
    pub(super) fn raw(&mut self, text: &str) {
        self.put(|to| to.write_all(text.as_bytes()));
    }

    /// The one JSON document of a command.
    pub(super) fn document(&mut self, document: &impl Serialize) {
        self.put(|to| {
            serde_json::to_writer_pretty(&mut *to, document)?;
            writeln!(to)
        });
    }

    /// One value on a line, as a part of a document that is too long to be built first.
    pub(super) fn part(&mut self, value: &impl Serialize) {
        self.put(|to| serde_json::to_writer(&mut *to, value).map_err(io::Error::from));
    }

    /// Whether anybody still reads.
    pub(super) fn is_open(&self) -> bool {
        self.error.is_none()
    }

    /// Writes out what is left, and says how the command ends.
    pub(super) fn close(mut self, exit: Exit) -> Result<Exit, Failure> {
        self.put(Write::flush);
        match self.error {
            None => Ok(exit),
            Some(error) if error.kind() == ErrorKind::BrokenPipe => Ok(exit),
            Some(error) => Err(Failure {
                exit: exit.first(Exit::Failed),
                message: format!("the results could not be written to stdout: {error}"),
            }),
        }
    }

    fn put(&mut self, write: impl FnOnce(&mut W) -> io::Result<()>) {
        if self.error.is_none() {
            self.error = write(&mut self.to).err();
        }
    }
}

/// Prints one JSON document, and says how the command ends.
pub(super) fn print_document(document: &impl Serialize, exit: Exit) -> Result<Exit, Failure> {
    let mut out = Out::stdout();
    out.document(document);
    out.close(exit)
}

/// Prints what became of a round.
pub(super) fn print_round(round: &Round, show: Show, json: bool) -> Result<Exit, Failure> {
    let exit = round.exit();
    if json {
        return print_document(&render::document(round, show, exit.code()), exit);
    }
    let mut out = Out::stdout();
    for line in render::lines(round, show) {
        out.line(line);
    }
    out.close(exit)
}

/// Control characters are shown as escapes; everything else stays.
pub(super) fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Breaks with a kind of error after so many bytes.
    struct Breaks(usize, ErrorKind);

    impl Write for Breaks {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(self.1)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_leaves_is_no_failure_and_is_noticed() {
        let mut out = Out::to(Breaks(5, ErrorKind::BrokenPipe));
        out.raw("1234\n");
        assert!(out.is_open());
        out.line("more");
        assert!(!out.is_open());
        assert_eq!(out.close(Exit::Held).unwrap(), Exit::Held);
    }

    #[test]
    fn results_that_cannot_be_written_are_a_failure() {
        let mut out = Out::to(Breaks(0, ErrorKind::StorageFull));
        out.document(&["a"]);
        assert_eq!(out.close(Exit::Done).unwrap_err().exit, Exit::Failed);
    }

    #[test]
    fn a_title_cannot_steer_the_terminal_or_forge_a_line() {
        let mut bytes = Vec::new();
        Out::to(&mut bytes).line("a\u{1b}[2J\nb \u{202e} é");
        assert_eq!(String::from_utf8(bytes).unwrap(), "a\\u{1b}[2J\\nb \u{202e} é\n");
    }
}
