//! Keeps the way to the host for the answer alone: what a command prints goes to stderr.

use std::fs::File;
use std::io::{self, ErrorKind, Write};

/// The way to the host. From here on, what anybody prints on standard output goes to stderr.
#[cfg(unix)]
pub(crate) fn take() -> Box<dyn Write> {
    use std::os::unix::io::AsFd;
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(kept) => {
            divert();
            Box::new(File::from(kept))
        }
        Err(_) => Box::new(io::sink()), // It is closed: nobody waits for an answer.
    }
}

/// Elsewhere, a command must not print.
#[cfg(not(unix))]
pub(crate) fn take() -> Box<dyn Write> {
    Box::new(io::stdout())
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn divert() {
    extern "C" {
        fn dup2(from: i32, to: i32) -> i32;
    }
    // SAFETY: dup2 takes numbers of descriptors; one that is not open makes it fail, and nothing is diverted.
    let _ = unsafe { dup2(2, 1) };
}

/// Writes the answer, and gives the exit status. A host that does not read any more is no mistake of ours.
pub(crate) fn write(out: &mut dyn Write, text: &str) -> i32 {
    let _ = io::stdout().flush();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("the answer could not be written: {error}");
            40
        }
        _ => 0,
    }
}
