//! Keeps tags properly nested and the nesting shallow.
//!
//! Parsers walk the open elements again and again, and carry unclosed formatting from paragraph to paragraph: what is
//! nested deeply or crosswise costs them quadratic time and memory. HTML that came through here has neither, and
//! nothing stands in a table outside its cells. Ends that authors may omit are supplied, as a browser would.

use html5ever::LocalName;

/// Elements that may be open within each other.
const DEEPEST: usize = 200;

/// What is to be written, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An end tag.
    Close(LocalName),
    /// A start tag without attributes.
    Open(&'static str),
}

/// The elements that are open.
#[derive(Default)]
pub(super) struct Nesting {
    open: Vec<LocalName>,
    /// How many elements are open that were refused as too deep.
    refused: usize,
}

impl Nesting {
    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether no more elements may be opened.
    pub(super) fn is_full(&self) -> bool {
        self.refused > 0 || self.open.len() >= DEEPEST
    }

    /// Comes to a start tag: adds what must be written before it, and says whether the tag itself may be.
    pub(super) fn start(&mut self, name: &LocalName, steps: &mut Vec<Step>) -> bool {
        let void = is_void(name);
        if self.refused > 0 {
            self.refused += usize::from(!void);
            return false;
        }
        if table_contexts(name).is_empty() {
            self.enter_cell(steps);
            self.close_implied(name, steps);
        } else if !self.return_to_table(name, steps) {
            return false;
        }
        if void {
            return true;
        }
        if self.is_full() {
            self.refused = 1;
            return false;
        }
        self.open.push(name.clone());
        true
    }

    /// Comes to an end tag: adds what must be written instead of it.
    pub(super) fn end(&mut self, name: &LocalName, steps: &mut Vec<Step>) {
        if is_void(name) {
            return;
        }
        if self.refused > 0 {
            self.refused -= 1;
            return;
        }
        let inside_cell = table_contexts(name).is_empty() && &**name != "table";
        let same = |open: &str| open == &**name || (is_heading(open) && is_heading(name));
        let barrier = |open: &str| {
            if inside_cell {
                is_cell(open) || open == "table"
            } else {
                open == "table"
            }
        };
        self.close_nearest(same, barrier, steps);
    }

    /// Comes to text that is not white space only.
    pub(super) fn text(&mut self, steps: &mut Vec<Step>) {
        self.enter_cell(steps);
    }

    /// Comes to the end of all.
    pub(super) fn finish(&mut self, steps: &mut Vec<Step>) {
        self.close_from(0, steps);
    }

    fn close_from(&mut self, index: usize, steps: &mut Vec<Step>) {
        steps.extend(self.open.drain(index..).rev().map(Step::Close));
    }

    /// Closes the innermost open element that is meant, unless a barrier stands before it.
    fn close_nearest(&mut self, meant: impl Fn(&str) -> bool, barrier: impl Fn(&str) -> bool, steps: &mut Vec<Step>) {
        let found = self.open.iter().rposition(|open| meant(open) || barrier(open));
        if let Some(index) = found.filter(|&index| meant(&self.open[index])) {
            self.close_from(index, steps);
        }
    }

    /// Closes what ends where this element starts.
    fn close_implied(&mut self, name: &str, steps: &mut Vec<Step>) {
        let is_any_of = |names: &'static [&'static str]| move |open: &str| names.contains(&open);
        let scope = |names: &'static [&'static str]| {
            move |open: &str| is_cell(open) || open == "table" || names.contains(&open)
        };
        match name {
            "a" => self.close_nearest(is_any_of(&["a"]), scope(&[]), steps),
            "li" => self.close_nearest(is_any_of(&["li"]), scope(&["ol", "ul"]), steps),
            "dd" | "dt" => self.close_nearest(is_any_of(&["dd", "dt"]), scope(&["dl"]), steps),
            "rp" | "rt" => self.close_nearest(is_any_of(&["rp", "rt"]), scope(&["ruby"]), steps),
            _ => {}
        }
        if is_block(name) {
            self.close_nearest(is_any_of(&["p"]), scope(&[]), steps);
        }
        if is_heading(name) {
            self.close_nearest(is_heading, scope(&[]), steps);
        }
    }

    /// Closes down to where this part of a table may stand; there is none where no table is open.
    fn return_to_table(&mut self, name: &str, steps: &mut Vec<Step>) -> bool {
        let contexts = table_contexts(name);
        let Some(index) = self.open.iter().rposition(|open| contexts.contains(&&**open)) else {
            return false;
        };
        self.close_from(index + 1, steps);
        if is_cell(name) && name != "caption" && &*self.open[index] != "tr" {
            self.imply("tr", steps);
        }
        true
    }

    /// Opens a cell where content would stand in a table outside of any.
    fn enter_cell(&mut self, steps: &mut Vec<Step>) {
        if self.refused > 0 {
            return;
        }
        if self.open.last().is_some_and(|last| &**last == "colgroup") {
            self.close_from(self.open.len() - 1, steps);
        }
        match self.open.last().map(|last| &**last) {
            Some("table" | "tbody" | "tfoot" | "thead") => {
                self.imply("tr", steps);
                self.imply("td", steps);
            }
            Some("tr") => self.imply("td", steps),
            _ => {}
        }
    }

    fn imply(&mut self, name: &'static str, steps: &mut Vec<Step>) {
        self.open.push(LocalName::from(name));
        steps.push(Step::Open(name));
    }
}

/// Where a part of a table may stand; nothing for what is no such part.
fn table_contexts(name: &str) -> &'static [&'static str] {
    match name {
        "caption" | "colgroup" | "tbody" | "tfoot" | "thead" => &["table"],
        "col" => &["colgroup", "table"],
        "tr" => &["table", "tbody", "tfoot", "thead"],
        "td" | "th" => &["table", "tbody", "tfoot", "thead", "tr"],
        _ => &[],
    }
}

fn is_cell(name: &str) -> bool {
    matches!(name, "caption" | "td" | "th")
}

/// Whether an element is `h1` to `h6`.
pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Whether an element never has content.
pub(super) fn is_void(name: &str) -> bool {
    matches!(name, "br" | "col" | "hr" | "img" | "input" | "source" | "track" | "wbr")
}

/// Whether an element stands on lines of its own.
pub(super) fn is_block(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "article"
                | "aside"
                | "blockquote"
                | "center"
                | "dd"
                | "details"
                | "div"
                | "dl"
                | "dt"
                | "figcaption"
                | "figure"
                | "footer"
                | "header"
                | "hgroup"
                | "hr"
                | "li"
                | "main"
                | "nav"
                | "ol"
                | "p"
                | "pre"
                | "section"
                | "summary"
                | "table"
                | "ul"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nests a sequence of tags, `/x` for ends and `#` for text.
    fn nested(tags: &str) -> String {
        let (mut nesting, mut steps, mut written) = (Nesting::default(), Vec::new(), Vec::new());
        for tag in tags.split(' ').chain([""]) {
            let accepted = match tag.strip_prefix('/') {
                Some(name) => {
                    nesting.end(&LocalName::from(name), &mut steps);
                    false
                }
                None if tag == "#" => {
                    nesting.text(&mut steps);
                    true
                }
                None if tag.is_empty() => {
                    nesting.finish(&mut steps);
                    false
                }
                None => nesting.start(&LocalName::from(tag), &mut steps),
            };
            written.extend(steps.drain(..).map(|step| match step {
                Step::Close(name) => format!("/{name}"),
                Step::Open(name) => name.to_owned(),
            }));
            written.extend(accepted.then(|| tag.to_owned()));
        }
        written.join(" ")
    }

    #[test]
    fn proper_nesting_stays() {
        for tags in [
            "p em # /em /p",
            "ul li # ul li /li /ul /li /ul",
            "table tbody tr td table tr td # /td /tr /table /td /tr /tbody /table",
        ] {
            assert_eq!(nested(tags), tags);
        }
    }

    #[test]
    fn omitted_ends_are_supplied() {
        assert_eq!(nested("p # p #"), "p # /p p # /p");
        assert_eq!(nested("ul li # li #"), "ul li # /li li # /li /ul");
        assert_eq!(
            nested("table tr td # td # tr th #"),
            "table tr td # /td td # /td /tr tr th # /th /tr /table"
        );
        assert_eq!(nested("a # a #"), "a # /a a # /a");
        assert_eq!(nested("h2 b # h3 #"), "h2 b # /b /h2 h3 # /h3");
    }

    #[test]
    fn crosswise_ends_are_untangled() {
        assert_eq!(nested("b i # /b # /i"), "b i # /i /b #");
        assert_eq!(nested("h2 # /h3 #"), "h2 # /h2 #");
        assert_eq!(nested("/p # /div"), "#");
    }

    #[test]
    fn a_cell_is_left_only_by_the_parts_of_its_table() {
        assert_eq!(
            nested("b table tr td /b # /td /tr /table /b"),
            "b table tr td # /td /tr /table /b"
        );
    }

    #[test]
    fn nothing_stands_in_a_table_outside_its_cells() {
        assert_eq!(nested("table b # /b /table"), "table tr td b # /b /td /tr /table");
        assert_eq!(
            nested("table colgroup col # /table"),
            "table colgroup col /colgroup tr td # /td /tr /table"
        );
        assert_eq!(nested("tr td #"), "#");
    }

    #[test]
    fn what_is_too_deep_loses_its_tags_only() {
        let deep = vec!["div"; 1_000].join(" ") + " #" + &" /div".repeat(1_000) + " p #";
        let flat = nested(&deep);
        assert_eq!(flat.matches("/div").count(), DEEPEST);
        assert!(flat.ends_with("/div p # /p"), "{flat}");
    }
}
