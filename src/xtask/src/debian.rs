//! Installs Debian packages where that is possible: as root, or through `sudo` where it asks for no password.
//! Where it is not, the error says what a person has to type.

use anyhow::{Context, Result, bail};

use crate::program::{Program, on_path};
use crate::progress::note;

/// Installs packages, for a purpose that the person is told.
pub(crate) fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !on_path("apt-get") {
        bail!("{purpose} is missing, and this machine has no apt-get to install it ({by_hand})");
    }
    note(&format!("installing {} ({purpose})", packages.join(", ")));
    // Lists that came with the machine's image may name versions that have been replaced since.
    if let Err(error) = apt_get(&["update"])
        && !known(packages)
    {
        return Err(error.context(format!("the package lists are out of reach; {by_hand}")));
    }
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments).with_context(|| format!("{purpose} could not be installed; as root: {by_hand}"))
}

fn known(packages: &[&str]) -> bool {
    Program::new("apt-cache")
        .arg("policy")
        .args(packages)
        .answer()
        .is_ok_and(|answer| all_candidates(&answer, packages))
}

/// Whether `apt-cache policy` named a version that could be installed for each of the packages.
fn all_candidates(answer: &str, packages: &[&str]) -> bool {
    let candidates = answer
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "));
    candidates.filter(|version| *version != "(none)").count() == packages.len()
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let root = is_root();
    if !root && !on_path("sudo") {
        bail!("this needs root");
    }
    let program = if root {
        Program::new("apt-get")
    } else {
        Program::new("sudo").args(["-n", "apt-get"])
    };
    program
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run_quietly()
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    Program::new("id").arg("-u").answer().is_ok_and(|user| user == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_candidate_is_not_known() {
        let answer = "chromium:\n  Installed: (none)\n  Candidate: 140.0\nlld-19:\n  Candidate: (none)\n";
        assert!(!all_candidates(answer, &["chromium", "lld-19"]));
        assert!(!all_candidates("", &["chromium"]));
        assert!(all_candidates("chromium:\n  Candidate: 140.0\n", &["chromium"]));
    }
}
