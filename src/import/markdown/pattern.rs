//! Patterns of paths, as generators write them where they leave out files: `drafts/`, `*.tmp.md`, `notes/**`.

/// A pattern of paths below the root.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    parts: Vec<String>,
    /// Whether it matches in any folder.
    is_anywhere: bool,
}

impl Pattern {
    /// Reads a pattern. One without a slash, but at its end, names files and folders anywhere.
    pub(super) fn new(text: &str) -> Self {
        let text = text.trim();
        let bare = text.trim_start_matches("./").trim_matches('/');
        Self {
            parts: bare
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            is_anywhere: !text.starts_with('/') && !bare.contains('/'),
        }
    }

    /// Whether a path, or a folder above it, matches.
    pub(super) fn is_of(&self, path: &str) -> bool {
        if self.parts.is_empty() {
            return false;
        }
        let names: Vec<&str> = path.split('/').collect();
        let starts = if self.is_anywhere { names.len() } else { 1 };
        (0..starts).any(|start| leads(&self.parts, &names[start..]))
    }
}

/// Whether these names start with matches for the parts of the pattern.
fn leads(parts: &[String], names: &[&str]) -> bool {
    match parts.split_first() {
        None => true,
        Some((part, rest)) if part == "**" => (0..=names.len()).any(|skipped| leads(rest, &names[skipped..])),
        Some((part, rest)) => names
            .split_first()
            .is_some_and(|(name, names)| is_name(part, name) && leads(rest, names)),
    }
}

/// Whether a name fits a part, in which `*` is anything and `?` any one character.
fn is_name(part: &str, name: &str) -> bool {
    let (part, name): (Vec<char>, Vec<char>) = (part.chars().collect(), name.chars().collect());
    let (mut at, mut in_name, mut star) = (0, 0, None);
    while in_name < name.len() {
        match part.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => {
                let Some((star_at, from)) = star else { return false };
                star = Some((star_at, from + 1));
                (at, in_name) = (star_at + 1, from + 1);
            }
        }
    }
    part[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_mean_files_and_what_is_in_folders() {
        for (pattern, path) in [
            ("drafts", "drafts/a.md"),
            ("drafts/", "blog/drafts/a.md"),
            ("/drafts", "drafts/a.md"),
            ("notes/private", "notes/private/a.md"),
            ("./notes/*.md", "notes/a.md"),
            ("notes/**/x.md", "notes/a/b/x.md"),
            ("**/x.md", "x.md"),
            ("*.tmp.md", "a/b.tmp.md"),
            ("?.md", "a.md"),
        ] {
            assert!(Pattern::new(pattern).is_of(path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/drafts", "blog/drafts/a.md"),
            ("notes/private", "blog/notes/private/a.md"),
            ("notes/*.md", "notes/a/b.md"),
            ("draft", "drafts/a.md"),
            ("?.md", "ab.md"),
            ("", "a.md"),
            ("/", "a.md"),
        ] {
            assert!(!Pattern::new(pattern).is_of(path), "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_little_time() {
        assert!(!Pattern::new(&"*a".repeat(1_000)).is_of(&"a".repeat(900)));
    }
}
