//! Members: how many a plan includes, and whether one more may join.

use super::PlanTerms;
use crate::money::Money;

/// What one more member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Included.
    Included,
    /// Beyond those included, for so much an interval.
    Extra(Money),
    /// None: so many are included, and no further one is sold.
    Taken(u32),
}

impl PlanTerms {
    /// What the next member is, where so many have joined.
    pub fn next_seat(&self, members: u32) -> Seat {
        match (self.seats, self.extra_seat_price) {
            (Some(seats), Some(price)) if members >= seats => Seat::Extra(price),
            (Some(seats), None) if members >= seats => Seat::Taken(seats),
            _ => Seat::Included,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::plan::PlanKind;

    #[test]
    fn the_next_member_is_included_costs_extra_or_has_no_seat() {
        let mut terms = PlanTerms::new("Team", PlanKind::Tier, Currency::USD, 100.into());
        assert_eq!(terms.next_seat(1_000), Seat::Included);
        terms.seats = Some(2);
        assert_eq!(terms.next_seat(1), Seat::Included);
        assert_eq!([2, 3].map(|members| terms.next_seat(members)), [Seat::Taken(2); 2]);
        let price = Money::new(500, Currency::USD);
        terms.extra_seat_price = Some(price);
        assert_eq!(
            [1, 2].map(|members| terms.next_seat(members)),
            [Seat::Included, Seat::Extra(price)]
        );
        terms.seats = None;
        assert_eq!(terms.next_seat(9), Seat::Included);
    }
}
