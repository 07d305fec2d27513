//! The tour of the README: its fenced block is run as it stands, by `sh` with `curl`, against a demo server.

use std::process::Command;

use crate::process::{Place, repository};

/// The block that begins with this line.
const MARK: &str = "# The tour:";

fn tour() -> String {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let block = readme
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    block
        .into_iter()
        .find(|block| block.starts_with(MARK))
        .expect("README.md has the tour")
        .to_owned()
}

#[test]
fn works_as_it_is_written() {
    let place = Place::sqlite();
    let mut server = place.serve(&["--demo"]);
    server.print_until("try it with this key");
    let key = server.print_until("dd_sk_").trim().to_owned();
    let output = Command::new("sh")
        .args(["-eu", "-c", &tour()])
        .env("DRAWDOWN_URL", &server.url)
        .env("DRAWDOWN_KEY", &key)
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("\"allowed\":true"), "{out}");
    assert!(out.contains("\"state\":\"captured\""), "{out}");
    assert!(
        out.contains("\"allowed\":false") && out.contains("cap_exceeded"),
        "{out}"
    );
}
