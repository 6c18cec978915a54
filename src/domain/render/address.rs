//! The addresses that HTML points to.

/// Replaces the addresses in an attribute's value for which `resolve` has another; `None` where all stay.
pub(super) fn resolved(attribute: &str, value: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match attribute {
        "src" | "href" | "poster" => resolve(value),
        "srcset" => {
            let mut changed = false;
            let candidates = candidates(value)
                .map(|(address, descriptor)| {
                    let new = resolve(address);
                    changed |= new.is_some();
                    let address = new.unwrap_or_else(|| address.to_owned());
                    if descriptor.is_empty() {
                        address
                    } else {
                        format!("{address} {descriptor}")
                    }
                })
                .collect::<Vec<_>>();
            changed.then(|| candidates.join(", "))
        }
        _ => None,
    }
}

/// The candidates of a `srcset`: address and descriptor (`2x`, `640w`, or nothing).
/// <https://html.spec.whatwg.org/multipage/images.html#parse-a-srcset-attribute>
pub(super) fn candidates(srcset: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let (address, after) = rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
        let bare = address.trim_end_matches(',');
        if bare.len() < address.len() {
            rest = after;
            return Some((bare, ""));
        }
        let end = after.find(',').unwrap_or(after.len());
        rest = &after[end..];
        Some((address, after[..end].trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use super::{candidates, resolved};

    #[test]
    fn every_candidate_of_a_srcset_is_resolved() {
        let resolve = |address: &str| (address == "a.png").then(|| "/media/1/a.png".to_owned());
        assert_eq!(
            resolved("srcset", "a.png, b.png 2x,a.png 3x", &resolve).as_deref(),
            Some("/media/1/a.png, b.png 2x, /media/1/a.png 3x")
        );
        assert_eq!(resolved("srcset", "b.png 2x", &resolve), None);
        assert_eq!(resolved("title", "a.png", &resolve), None);
    }

    #[test]
    fn commas_within_an_address_belong_to_it() {
        let found = candidates(" x,y.png 1x , , z.png,").collect::<Vec<_>>();
        assert_eq!(found, [("x,y.png", "1x"), ("z.png", "")]);
        assert_eq!(candidates(" ,, ").count(), 0);
    }
}
