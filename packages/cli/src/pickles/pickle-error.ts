/** Why a pickle is not read. */
export class PickleError extends Error {
  override readonly name: string = "PickleError";
}
