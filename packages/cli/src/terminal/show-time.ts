/** A time for people, in UTC: logs and stores of several machines are compared. */
export function showTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? `? (${time})` : date.toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
}
