//! The examples of docs/adding.md are in the code.

use std::path::Path;

/// The code without differences in indentation and line breaks.
fn squeezed(code: &str) -> String {
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn examples_of_adding_are_in_the_files_that_they_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/adding.md")).unwrap();
    let mut file = String::new();
    let mut examples = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let path = line.strip_prefix('`').and_then(|line| line.strip_suffix('`'));
        if let Some(path) = path.filter(|path| !path.contains('`')) {
            file = std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        if line == "```rust" {
            let example: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let example = example.join("\n");
            assert!(
                squeezed(&file).contains(&squeezed(&example)),
                "not in the code:\n{example}"
            );
            examples += 1;
        }
    }
    assert!(examples >= 5, "the page has {examples} examples");
}
