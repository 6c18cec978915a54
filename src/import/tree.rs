//! Rules for things that each name the thing above them.

/// Cuts every cycle of `parents` (an index of the thing above for each thing) at one place; says where it cut.
pub fn cut_cycles(parents: &mut [Option<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut walks = vec![UNSEEN; parents.len()];
    let mut cuts = Vec::new();
    for start in 0..parents.len() {
        let mut current = start;
        while walks[current] == UNSEEN {
            walks[current] = start;
            let Some(parent) = parents[current] else { break };
            if walks[parent] == start {
                parents[current] = None;
                cuts.push(current);
                break;
            }
            current = parent;
        }
    }
    cuts
}

/// All indexes, each behind that of the thing above it, else in their own order. `parents` must hold no cycle.
pub fn parents_first(parents: &[Option<usize>]) -> Vec<usize> {
    let mut is_placed = vec![false; parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    for start in 0..parents.len() {
        let from = order.len();
        let mut next = Some(start);
        while let Some(current) = next.filter(|current| !is_placed[*current]) {
            is_placed[current] = true;
            order.push(current);
            next = parents[current];
        }
        order[from..].reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first_and_the_rest_keeps_its_order() {
        assert_eq!(parents_first(&[Some(2), None, Some(3), None]), [3, 2, 0, 1]);
    }

    #[test]
    fn every_cycle_is_cut_once() {
        let mut parents = [Some(1), Some(2), Some(0), Some(3), Some(0), None];
        assert_eq!(cut_cycles(&mut parents), [2, 3]);
        assert_eq!(parents, [Some(1), Some(2), None, None, Some(0), None]);
    }

    #[test]
    fn a_chain_of_a_million_is_no_trouble() {
        let mut parents: Vec<_> = (0..1_000_000_usize).map(|index| index.checked_sub(1)).rev().collect();
        parents
            .iter_mut()
            .enumerate()
            .for_each(|(index, parent)| *parent = parent.map(|_| index + 1));
        assert!(cut_cycles(&mut parents).is_empty());
        assert_eq!(parents_first(&parents)[0], 999_999);
    }
}
