//! Dispatch windows: how many hints of one tenant may be on their way, and whose executions are hinted next when there are more.
//!
//! Everything here follows from live rows at the moment of looking; nothing is counted up or down, so nothing can leak.

use thaiyyal_model::TenantId;

/// How wide windows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How many executions of one tenant may be hinted and not claimed.
    pub width: u32,
    /// The most executions of all tenants together that are hinted in one turn.
    pub turn: u32,
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The tenant.
    pub tenant: TenantId,
    /// Its executions that are ready, due and hinted.
    pub hinted: u64,
    /// Whether some of its queue rows were never hinted.
    pub is_waiting: bool,
    /// Whether its window is closed.
    pub is_closed: bool,
}

/// What to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// From now on what these accept waits for its turn.
    pub close: Vec<TenantId>,
    /// From now on what these accept is hinted at once.
    pub open: Vec<TenantId>,
    /// How many waiting executions of each to hint now, at most.
    pub top_up: Vec<(TenantId, u32)>,
    /// How many windows are closed afterwards.
    pub closed: u64,
}

/// What a turn did.
#[derive(Debug, Clone, Default)]
pub struct Tended {
    /// How many windows are closed; `None` when another scheduler was at it.
    pub closed: Option<u64>,
    /// Hints of executions whose turn has come, which are in the outbox too.
    pub hints: Vec<thaiyyal_model::Hint>,
}

impl Decision {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.close.is_empty() && self.open.is_empty() && self.top_up.is_empty()
    }
}

impl Windows {
    /// Closes windows that are too full, opens those that are half empty with nothing waiting, and shares the turn out among all whose
    /// executions wait, also those without a closed window: what waits is never forgotten, whatever became of its window.
    ///
    /// Sharing out is deficit round robin with what a tenant's window lacks as its deficit: in each round everyone gets an equal part,
    /// those that lack most come first, and nobody more than it lacks.
    #[must_use]
    pub fn decide(&self, standings: &[Standing]) -> Decision {
        let width = u64::from(self.width);
        let mut decision = Decision::default();
        let mut lacking = Vec::new();
        for standing in standings {
            let opens = standing.is_closed && !standing.is_waiting && standing.hinted < width.div_ceil(2);
            let closes = !standing.is_closed && standing.hinted > width;
            if opens {
                decision.open.push(standing.tenant);
            } else if closes {
                decision.close.push(standing.tenant);
            }
            if closes || (standing.is_closed && !opens) {
                decision.closed += 1;
            }
            let lack = u32::try_from(width.saturating_sub(standing.hinted)).unwrap_or(self.width);
            if standing.is_waiting && lack > 0 {
                lacking.push((standing.tenant, lack));
            }
        }
        decision.top_up = share_out(self.turn, lacking);
        decision
    }
}

/// Deals `turn` out in equal parts, nobody more than it lacks.
fn share_out(turn: u32, mut lacking: Vec<(TenantId, u32)>) -> Vec<(TenantId, u32)> {
    // From the one that lacks least: what it does not take of its equal part is there for the others.
    lacking.sort_unstable_by_key(|(tenant, lack)| (*lack, *tenant));
    let mut left = turn;
    let mut others = u32::try_from(lacking.len()).unwrap_or(u32::MAX);
    for (_, share) in &mut lacking {
        *share = (*share).min(left / others);
        left -= *share;
        others -= 1;
    }
    lacking.retain(|(_, share)| *share > 0);
    lacking
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const WINDOWS: Windows = Windows { width: 10, turn: 12 };

    fn tenant(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    fn standing(number: u128, hinted: u64, is_waiting: bool, is_closed: bool) -> Standing {
        Standing { tenant: tenant(number), hinted, is_waiting, is_closed }
    }

    #[test]
    fn a_window_closes_above_its_width_and_opens_below_half_with_nothing_waiting() {
        for (hinted, is_waiting, is_closed, closes, opens) in [
            (10, false, false, false, false),
            (11, false, false, true, false),
            (11, false, true, false, false),
            (5, false, true, false, false),
            (4, false, true, false, true),
            (4, true, true, false, false),
            (0, true, false, false, false),
        ] {
            let decision = WINDOWS.decide(&[standing(1, hinted, is_waiting, is_closed)]);
            let expected = |is: bool| if is { vec![tenant(1)] } else { Vec::new() };
            assert_eq!((&decision.close, &decision.open), (&expected(closes), &expected(opens)), "{hinted} {is_waiting} {is_closed}");
            assert_eq!(decision.closed, u64::from(closes || (is_closed && !opens)));
        }
    }

    #[test]
    fn a_turn_is_shared_equally_and_nobody_gets_more_than_it_lacks() {
        let decision = WINDOWS.decide(&[standing(1, 0, true, true), standing(2, 8, true, true), standing(3, 0, true, false)]);
        assert_eq!(decision.top_up, [(tenant(2), 2), (tenant(1), 5), (tenant(3), 5)]);
        let decision = WINDOWS.decide(&[standing(1, 0, true, true), standing(2, 10, true, true), standing(3, 0, false, true)]);
        assert_eq!(decision.top_up, [(tenant(1), 10)]);
    }

    #[test]
    fn with_more_tenants_than_turns_those_that_lack_most_come_first() {
        let windows = Windows { width: 10, turn: 2 };
        let decision = windows.decide(&[standing(1, 9, true, true), standing(2, 0, true, true), standing(3, 5, true, true)]);
        assert_eq!(decision.top_up, [(tenant(3), 1), (tenant(2), 1)]);
    }

    #[test]
    fn whatever_the_standings_a_turn_is_never_exceeded_and_used_up_when_enough_is_lacking() {
        for turn in 0..30 {
            for tenants in 0..7 {
                let lacking: Vec<_> = (0..tenants).map(|number| (tenant(u128::from(number)), number * 2 + 1)).collect();
                let wanted: u32 = lacking.iter().map(|(_, lack)| lack).sum();
                let shared = share_out(turn, lacking.clone());
                assert_eq!(shared.iter().map(|(_, share)| share).sum::<u32>(), wanted.min(turn), "{turn} among {tenants}");
                assert!(shared.iter().all(|(tenant, share)| lacking.iter().any(|(other, lack)| other == tenant && share <= lack)));
            }
        }
    }
}
