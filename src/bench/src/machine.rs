//! On what was measured: processors, kernel, versions, disk, date and commit.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The machine and the versions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// When the run began.
    pub(crate) date: String,
    /// What was measured.
    pub(crate) commit: String,
    /// How many processors.
    pub(crate) processors: usize,
    /// Their name.
    pub(crate) processor: String,
    /// Memory in MiB.
    pub(crate) memory_mib: u64,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// The file system under the databases.
    pub(crate) file_system: String,
    /// The version of PostgreSQL.
    pub(crate) postgres: String,
    /// The version of SQLite.
    pub(crate) sqlite: String,
}

impl Machine {
    /// Looks around. `folder` is where the databases lie.
    pub(crate) fn describe(folder: &Path, commit: &str, postgres: String) -> Result<Self> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let processor = field(&processor, "model name").unwrap_or("unknown");
        let memory = read("/proc/meminfo");
        let memory = field(&memory, "MemTotal").and_then(|text| text.strip_suffix(" kB")?.parse::<u64>().ok());
        let folder = folder.canonicalize().context("the folder for databases")?;
        Ok(Self {
            date: now()?,
            commit: commit.to_owned(),
            processors: std::thread::available_parallelism()?.get(),
            processor: processor.to_owned(),
            memory_mib: memory.unwrap_or(0) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(&read("/proc/mounts"), &folder.to_string_lossy()),
            postgres,
            sqlite: rusqlite::version().to_owned(),
        })
    }
}

/// Now, in RFC 3339, to the second.
pub(crate) fn now() -> Result<String> {
    hours_ago(0)
}

/// So many hours ago, in RFC 3339, to the second.
pub(crate) fn hours_ago(hours: i64) -> Result<String> {
    let at = OffsetDateTime::now_utc().replace_nanosecond(0)? - time::Duration::hours(hours);
    Ok(at.format(&Rfc3339)?)
}

/// The value behind `name` and a colon, in the first line that begins so.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}

/// The kind of the file system that a folder lies on: that of the longest mount point above it.
fn file_system(mounts: &str, folder: &str) -> String {
    let found = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (_, point, kind) = (words.next()?, words.next()?, words.next()?);
            Path::new(folder).starts_with(point).then_some((point.len(), kind))
        })
        .max_by_key(|(length, _)| *length);
    found.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

/// Sees to it that this process may open so many files at once; often it may open 1 024, unless it asks for more.
pub(crate) fn allow_open_files(wanted: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).with_context(|| format!("{wanted} open files are needed: raise `ulimit -Hn`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(file_system(mounts, "/tmp/x"), "tmpfs");
        assert_eq!(file_system(mounts, "/tmpx"), "ext4");
        assert_eq!(file_system("", "/x"), "unknown");
    }

    #[test]
    fn fields_are_read_by_name() {
        assert_eq!(
            field("model\t: 1\nmodel name\t: Fast CPU\n", "model name"),
            Some("Fast CPU")
        );
    }
}
