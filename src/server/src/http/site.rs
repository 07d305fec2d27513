//! The site folder: scripts, styles, wasm and icons, as the build made them.
//!
//! What lies under `/pkg/` has its content's hash in its name and may be kept for ever; the other files may be kept for
//! an hour. Compressed copies beside the files are sent as they are. The folder is looked for once, at the start.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// None of the places has one.
    #[error(
        "there is no site folder (with a manifest.json) at {}; build it with `cargo xtask build`, or name it with \
         --site or DRAWDOWN_SITE",
        .looked.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Missing {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// It cannot be read.
    #[error("the site folder {} cannot be read: {source}", .folder.display())]
    Read {
        /// The folder.
        folder: PathBuf,
        /// What failed.
        source: std::io::Error,
    },
}

/// The first of the named folders that is a site; where none is named, `site` beside the binary.
///
/// # Errors
/// [`SiteError::Missing`] with every place that was tried.
pub fn find(named: &[PathBuf]) -> Result<PathBuf, SiteError> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|binary| Some(binary.parent()?.join("site")));
    let looked: Vec<PathBuf> = if named.is_empty() {
        beside.into_iter().collect()
    } else {
        named.to_vec()
    };
    let found = looked
        .iter()
        .find(|folder| folder.join("manifest.json").is_file())
        .cloned();
    found.ok_or(SiteError::Missing { looked })
}

/// The routes of its files. `taken` are addresses that the pages answer themselves.
///
/// # Errors
/// Where the folder cannot be read.
pub fn router(folder: &Path, taken: &[&str]) -> Result<Router, SiteError> {
    let packages = ServeDir::new(folder.join("pkg"))
        .precompressed_br()
        .precompressed_gzip();
    let packages = ServiceBuilder::new()
        .map_response(|response| cached(response, "public, max-age=31536000, immutable"))
        .service(packages);
    let mut router = Router::new().nest_service("/pkg", packages);
    for name in plain_files(folder).map_err(|source| SiteError::Read {
        folder: folder.to_path_buf(),
        source,
    })? {
        let address = format!("/{name}");
        if taken.contains(&address.as_str()) {
            continue;
        }
        let file = ServeFile::new(folder.join(&name))
            .precompressed_br()
            .precompressed_gzip();
        let file = ServiceBuilder::new()
            .map_response(|response| cached(response, "public, max-age=3600"))
            .service(file);
        router = router.route_service(&address, file);
    }
    Ok(router)
}

/// Icons and the like: the files at the top that browsers ask for by name.
fn plain_files(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let inner = ["manifest.json", "hash.txt"].contains(&name.as_str());
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let compressed = Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "br" || ending == "gz");
        if entry.file_type()?.is_file() && plain && !inner && !compressed {
            names.push(name);
        }
    }
    Ok(names)
}

fn cached<B>(mut response: Response<B>, how: &'static str) -> Response<B> {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let how = if found { how } else { "no-store" };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(how));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_place_it_looked_at() {
        let error = find(&["/nowhere/a".into(), "/nowhere/b".into()])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/nowhere/a, /nowhere/b") && error.contains("--site"),
            "{error}"
        );
    }

    #[test]
    fn takes_the_first_folder_that_is_a_site() {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("manifest.json"), "{}").unwrap();
        let found = find(&["/nowhere".into(), site.path().to_path_buf()]).unwrap();
        assert_eq!(found, site.path());
    }
}
