// A story whose steps build on each other: after one that failed, those that follow are skipped, not failed as well.

import { test } from "node:test";

/** Gives the function that adds a step, as `test` does. */
export function story() {
  let failed = false;
  return (name, act) =>
    test(name, async (context) => {
      if (failed) return context.skip("an earlier step failed");
      failed = true;
      await act(context);
      failed = false;
    });
}
