// The quarter: the instants at which the clock is set, one after the other. All are noon in UTC, away from any midnight.

export const DAYS = {
  sale: "2026-01-01T12:00:00Z",
  second: "2026-01-02T12:00:00Z",
  trialsLast: "2026-01-15T12:00:00Z",
  january: "2026-01-20T12:00:00Z",
  february: "2026-02-02T12:00:00Z",
  march: "2026-03-02T12:00:00Z",
  left: "2026-03-16T12:00:00Z",
  back: "2026-03-20T12:00:00Z",
  april: "2026-04-02T12:00:00Z",
};
