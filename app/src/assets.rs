//! Where the browser finds the script, the wasm, the style sheet and the chart script: the site's `manifest.json`.

use std::path::Path;

use serde::Deserialize;

/// The addresses of the site's files, each with its content's hash in its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Assets {
    /// The module that starts the wasm.
    pub script: String,
    /// The islands.
    pub wasm: String,
    /// The one style sheet.
    pub style: String,
    /// The script that draws charts.
    pub charts: String,
}

/// Why the site folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// The manifest cannot be read.
    #[error("cannot read {path}: {source}; build the site with `cargo xtask build`, or name its folder with --site")]
    Read {
        /// The manifest.
        path: String,
        /// What failed.
        source: std::io::Error,
    },
    /// The manifest does not name every file.
    #[error("{path} is not a site's manifest: {source}")]
    Parse {
        /// The manifest.
        path: String,
        /// What failed.
        source: serde_json::Error,
    },
}

impl Assets {
    /// Reads `manifest.json` of a site folder.
    ///
    /// # Errors
    /// Where it is missing or incomplete.
    pub fn read(site: &Path) -> Result<Self, AssetsError> {
        let file = site.join("manifest.json");
        let path = file.display().to_string();
        let text = std::fs::read(&file).map_err(|source| AssetsError::Read {
            path: path.clone(),
            source,
        })?;
        serde_json::from_slice(&text).map_err(|source| AssetsError::Parse { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_addresses_of_a_site() {
        let site = tempfile::tempdir().unwrap();
        let manifest =
            r#"{"charts":"/pkg/c.1.js","script":"/pkg/d.2.js","style":"/pkg/s.3.css","wasm":"/pkg/d.4.wasm"}"#;
        std::fs::write(site.path().join("manifest.json"), manifest).unwrap();
        let assets = Assets::read(site.path()).unwrap();
        assert_eq!(assets.style, "/pkg/s.3.css");
        assert_eq!(assets.wasm, "/pkg/d.4.wasm");
    }

    #[test]
    fn says_what_to_do_where_there_is_no_site() {
        let error = Assets::read(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/manifest.json") && error.contains("--site"),
            "{error}"
        );
    }
}
