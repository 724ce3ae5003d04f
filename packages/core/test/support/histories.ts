/** How many histories a model is tried with: few in every run of the tests, as many as `LASTGOOD_HISTORIES` says in a long one. */
export function histories(few: number): number {
  return Number(process.env["LASTGOOD_HISTORIES"] ?? few);
}
