// Days, written as forms have them: 2026-11-23.

const DAY_MS = 86_400_000;

/** The day so many days after `day`, or before it where negative. */
export const dayAfter = (day, days) => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
