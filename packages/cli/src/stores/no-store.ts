/** There is no store at the place that the user named. */
export class NoStore extends Error {
  override readonly name: string = "NoStore";
}
