use thaiyyal_model::Priority;

/// The priority classes, most urgent first.
pub(crate) const CLASSES: [Priority; 3] = [Priority::High, Priority::Normal, Priority::Low];

/// Of ten messages taken while all classes wait, so many come from each.
const WEIGHTS: [i32; 3] = [6, 3, 1];

/// The place of a class in arrays by class.
pub(crate) const fn class(priority: Priority) -> usize {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// Decides which class goes next: smooth weighted round robin, so the urgent go first and none starves.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    credit: [i32; 3],
}

impl Turns {
    /// The next class among those that have something waiting; `None` when none has.
    pub(crate) fn next(&mut self, waiting: [bool; 3]) -> Option<usize> {
        let mut total = 0;
        let mut next = None;
        for class in 0..waiting.len() {
            if !waiting[class] {
                // A class does not save up turns while it has nothing to send.
                self.credit[class] = 0;
                continue;
            }
            total += WEIGHTS[class];
            self.credit[class] += WEIGHTS[class];
            if next.is_none_or(|best: usize| self.credit[class] > self.credit[best]) {
                next = Some(class);
            }
        }
        if let Some(class) = next {
            self.credit[class] -= total;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_gets_its_share_and_the_urgent_go_first() {
        let mut turns = Turns::default();
        let taken: Vec<_> = (0..20).filter_map(|_| turns.next([true; 3])).collect();
        assert_eq!(taken[0], 0);
        assert_eq!([0, 1, 2].map(|class| taken.iter().filter(|taken| **taken == class).count()), [12, 6, 2]);
    }

    #[test]
    fn a_lone_class_gets_every_turn_and_owes_nothing_for_it() {
        let mut turns = Turns::default();
        for _ in 0..100 {
            assert_eq!(turns.next([false, false, true]), Some(2));
        }
        assert_eq!(turns.next([true, true, true]), Some(0));
        assert_eq!(turns.next([false; 3]), None);
    }
}
