//! `make demo` shows what it says.

use std::{path::Path, process::Command};

use crate::service::run;

#[test]
fn the_demonstration_checks_itself_to_its_end() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.sh");
    let shown = run(Command::new(script).env("KVSTORE_BIN", env!("CARGO_BIN_EXE_kvstore")), b"");
    let text = shown.assert(0);
    assert!(text.ends_with(" checks, all as expected.\n"), "{text}{}", shown.said);
}
