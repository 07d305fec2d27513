//! Where things lie: the checkout's root, the build folder and what is kept inside it.
//! Every other module asks here for a path, so that `CARGO_TARGET_DIR` is honoured everywhere.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of one checkout.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout from which cargo runs this tool and the build folder that it uses. Two checkouts with one build folder
    /// share what was compiled, this tool too: cargo tells which of them it runs for.
    pub(crate) fn find() -> Result<Self> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run it by `cargo xtask`")?;
        let root = Path::new(&package)
            .ancestors()
            .nth(2)
            .context("src/xtask lies two folders below the root of the checkout")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::env::current_dir()?.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The root of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root of the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's build folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of this tool's own products and stamps.
    pub(crate) fn products(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The folder that the server hands out to browsers.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }
}
