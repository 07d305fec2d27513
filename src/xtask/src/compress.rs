//! Puts brotli and gzip copies beside a file, so that the server never compresses what does not change.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Kinds of files that are worth compressing.
const EXTENSIONS: [&str; 7] = ["css", "html", "js", "json", "svg", "txt", "wasm"];
const BROTLI_QUALITY_MAX: u32 = 11;
const BROTLI_WINDOW_BITS: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 1 << 16;

/// Writes `FILE.br` and `FILE.gz` where the kind of file is worth it and the copy is smaller.
pub(crate) fn beside(path: &Path, content: &[u8]) -> Result<()> {
    let worth = path
        .extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known));
    if !worth {
        return Ok(());
    }
    for (suffix, copy) in [("br", brotli(content)?), ("gz", gzip(content)?)] {
        if copy.len() < content.len() {
            fs::write(with_suffix(path, suffix), copy)?;
        }
    }
    Ok(())
}

/// The path of a file's compressed copy: `style.css` -> `style.css.br`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    let mut writer =
        brotli::CompressorWriter::new(&mut copy, BROTLI_BUFFER_BYTES, BROTLI_QUALITY_MAX, BROTLI_WINDOW_BITS);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(copy)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn copies_unpack_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.js");
        let content = "let burn = 1;".repeat(500).into_bytes();
        beside(&path, &content).unwrap();

        let mut unpacked = Vec::new();
        let packed = fs::read(with_suffix(&path, "br")).unwrap();
        brotli::Decompressor::new(&packed[..], 4096)
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, content);

        let mut unpacked = Vec::new();
        let packed = fs::read(with_suffix(&path, "gz")).unwrap();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, content);
    }

    #[test]
    fn what_would_grow_or_is_packed_already_has_no_copies() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tiny.js", "picture.png"] {
            let path = folder.path().join(name);
            beside(&path, b"x").unwrap();
            assert!(
                !with_suffix(&path, "br").exists() && !with_suffix(&path, "gz").exists(),
                "{name}"
            );
        }
    }
}
