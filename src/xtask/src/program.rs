//! Runs other programs: quietly with their output kept for the case of failure, in full view, or for their answer.
//! Every program is registered while it runs, so that an interrupt ends it too.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::interrupt;
use crate::progress::Follower;

/// How many of a failed program's last lines its error shows.
const LINES_SHOWN_MAX: usize = 80;

/// A program to be run, with its arguments and environment.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    time_limit: Option<Duration>,
}

impl Program {
    /// A program by its name on `PATH` or by its path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(name);
        command.stdin(Stdio::null());
        Self {
            command,
            time_limit: None,
        }
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Adds one argument.
    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Keeps a variable of ours from it.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the folder it runs in.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Ends it when it takes longer than this; honoured by [`Program::run_quietly`].
    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Gives the underlying command, for a caller that replaces this process by it or keeps it running.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Runs it with its output in full view.
    pub(crate) fn run_shown(mut self) -> Result<()> {
        let name = self.describe();
        let mut child = self.command.spawn().with_context(|| format!("cannot start {name}"))?;
        let _registered = interrupt::register_child(child.id());
        let status = child.wait()?;
        require_success(status, &name)
    }

    /// Runs it with its output in full view and hands each line of its standard output to `line` as well.
    pub(crate) fn run_shown_with(mut self, mut line: impl FnMut(&str)) -> Result<()> {
        let name = self.describe();
        let mut child = in_own_group(&mut self.command)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let _registered = interrupt::register_child(child.id());
        let output = child.stdout.take().context("standard output was asked for as a pipe")?;
        for text in BufReader::new(output).split(b'\n') {
            let text = text?;
            let text = String::from_utf8_lossy(&text);
            println!("{text}");
            line(&text);
        }
        require_success(child.wait()?, &name)
    }

    /// Runs it silently; when it fails, the error shows its last lines.
    pub(crate) fn run_quietly(mut self) -> Result<()> {
        let name = self.describe();
        let mut child = in_own_group(&mut self.command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let _registered = interrupt::register_child(child.id());
        let lines = lines_of(&mut child);
        let log = follow(&mut child, &lines, self.time_limit).with_context(|| name.clone())?;
        let status = child.wait()?;
        if !status.success() {
            let from = log.len().saturating_sub(LINES_SHOWN_MAX);
            bail!(
                "{name} ended with {status}; its last lines:\n{}",
                log[from..].join("\n")
            );
        }
        Ok(())
    }

    /// Runs it and gives its standard output, without the white space around it.
    pub(crate) fn answer(mut self) -> Result<String> {
        let name = self.describe();
        let output = self.command.output().with_context(|| format!("cannot start {name}"))?;
        if !output.status.success() {
            bail!(
                "{name} ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn describe(&self) -> String {
        let name = Path::new(self.command.get_program())
            .file_name()
            .unwrap_or(self.command.get_program());
        let first = self.command.get_args().next().unwrap_or_default();
        format!("`{} {}`", name.to_string_lossy(), first.to_string_lossy())
    }
}

/// Makes the program the leader of a process group, so that an interrupt ends it with all that it started: cargo's
/// compilers, say, which would go on and keep the build folder locked.
#[cfg(unix)]
fn in_own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;
    command.process_group(0)
}

#[cfg(not(unix))]
fn in_own_group(command: &mut Command) -> &mut Command {
    command
}

/// Whether a program of this name lies on `PATH`.
pub(crate) fn on_path(name: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

fn require_success(status: ExitStatus, name: &str) -> Result<()> {
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(stdout) = child.stdout.take() {
        send_lines(stdout, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        send_lines(stderr, sender);
    }
    receiver
}

fn send_lines(pipe: impl Read + Send + 'static, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
}

/// Collects the program's lines until it closes its output, telling the person about its progress.
fn follow(child: &mut Child, lines: &Receiver<String>, limit: Option<Duration>) -> Result<Vec<String>> {
    let started = Instant::now();
    let mut follower = Follower::start();
    let mut log = Vec::new();
    loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(line) => {
                follower.line(&line);
                log.push(line);
            }
            Err(RecvTimeoutError::Timeout) => follower.silence(),
            Err(RecvTimeoutError::Disconnected) => return Ok(log),
        }
        if let Some(limit) = limit.filter(|limit| started.elapsed() > *limit) {
            child.kill()?;
            child.wait()?;
            bail!("did not end within {} s", limit.as_secs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_what_the_program_said() {
        let error = Program::new("sh")
            .args(["-c", "echo out; echo reason >&2; exit 3"])
            .run_quietly()
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("reason") && text.contains("out") && text.contains('3'),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_hangs_is_ended_at_its_limit() {
        let error = Program::new("sh")
            .args(["-c", "exec tail -f /dev/null"])
            .time_limit(Duration::from_millis(100))
            .run_quietly()
            .unwrap_err();
        assert!(format!("{error:#}").contains("did not end within"), "{error:#}");
    }

    #[test]
    fn an_answer_is_trimmed() {
        assert_eq!(
            Program::new("sh").args(["-c", "echo ' seven '"]).answer().unwrap(),
            "seven"
        );
    }
}
