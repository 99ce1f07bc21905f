//! Lists the locale files, so that a room's texts are found by being there, and rebuilds when a migration is added.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=templates/locales");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut list = String::from("&[\n");
    for language in ["zh-CN", "en"] {
        let folder = Path::new(&root).join("templates/locales").join(language);
        let mut files: Vec<_> =
            fs::read_dir(&folder).expect("a folder of texts").map(|f| f.expect("a file").path()).collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "ftl")) {
            let name = file.file_stem().expect("a name").to_string_lossy();
            writeln!(list, "    ({language:?}, {name:?}, include_str!({:?})),", file.display().to_string())
                .expect("memory");
        }
    }
    list.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("locales.rs");
    fs::write(out, list).expect("the build folder can be written");
}
