//! A small generator of random numbers (`SplitMix64`, Steele, Lea and Flood 2014): the same on every machine for ever.

use std::ops::Range;

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range. Its small bias does no harm here.
    pub(crate) fn from(&mut self, range: Range<i64>) -> i64 {
        let span = (range.end - range.start).unsigned_abs();
        range.start + i64::try_from(self.next() % span).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: i64) -> bool {
        self.from(0..100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            return None;
        }
        let place = self.from(0..i64::try_from(items.len()).unwrap());
        items.get(usize::try_from(place).unwrap())
    }
}
