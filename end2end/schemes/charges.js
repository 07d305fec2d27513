// What a price of each month makes due in the quarter, as an account tells it: the day, the amount, and whether it fell due or
// is to come, the latest first. The sale is on the first of January, and at most a year ahead is told.

const toCome = (days, amount) => days.map((day) => [day, amount, "to come"]);
const fellDue = (days, amount) => days.map((day) => [day, amount, "fell due"]);

const REST_OF_2026 = ["1 Dec", "1 Nov", "1 Oct", "1 Sep", "1 Aug", "1 Jul", "1 Jun", "1 May"];

/** By the day of the journey. */
export function monthly(amount) {
  return {
    sale: [...toCome(["1 Jan 2027", ...REST_OF_2026, "1 Apr", "1 Mar", "1 Feb"], amount), ...fellDue(["1 Jan"], amount)],
    april: [
      ...toCome(["1 Apr 2027", "1 Mar 2027", "1 Feb 2027", "1 Jan 2027", ...REST_OF_2026], amount),
      ...fellDue(["1 Apr", "1 Mar", "1 Feb", "1 Jan"], amount),
    ],
  };
}
