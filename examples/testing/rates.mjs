/** A program to be tested: it hands its datastore in, so that a test can hand in another one. */

/** @typedef {{ readonly EUR: number }} Rates */

/**
 * @param {import("@lastgood/core").Datastore} datastore
 * @param {() => Promise<Rates>} load
 */
export async function currentRates(datastore, load) {
  const { value, stale, age } = await datastore.getResult("rates", load, "5m");
  return { rates: value, notice: stale ? `as of ${Math.round(age / 60_000)} minutes ago` : undefined };
}
