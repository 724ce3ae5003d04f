// How the text of one option is read. `undefined` says that it cannot be.

const MILLISECONDS = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ?? [];
  const factor = MILLISECONDS.get(unit);
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

const BYTES = new Map([
  ["", 1],
  ["k", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
]);

export function parseSize(text: string): number | undefined {
  const [, amount, unit = ""] = /^([1-9]\d*)([kMG]?)$/.exec(text) ?? [];
  const factor = BYTES.get(unit);
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

export function parseExitCode(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

export function parsePattern(text: string): RegExp | undefined {
  try {
    return new RegExp(text, "s");
  } catch {
    return undefined;
  }
}

export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
