const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(${MONTHS.join("|")})`;
const TIME = "(\\d{2}):(\\d{2}):(\\d{2})";

// The three forms of RFC 9110, section 5.6.7: day, month and year are in another order in the last.
const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`, "i");
const RFC_850 = new RegExp(`^${LONG_DAY}, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`, "i");
const ASCTIME = new RegExp(`^${DAY} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`, "i");

/** Epoch milliseconds of an HTTP date, in any case. `undefined` for all else: `Date.parse` takes much for a date that is none. */
export function parseHttpDate(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, day, month, year, ...time] = IMF_FIXDATE.exec(text) ?? rfc850(text, now) ?? asctime(text) ?? [];
  if (day === undefined || month === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const at = Date.UTC(Number(year), monthOf(month), Number(day), hour, minute, second);
  return new Date(at).getUTCDate() === Number(day) || second === 60 ? at : undefined;
}

function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase());
}

/** A year of two digits that seems to be more than 50 years ahead is of the century before. */
function rfc850(text: string, now: number): (string | undefined)[] | undefined {
  const found = RFC_850.exec(text);
  if (found === null) return undefined;
  const [whole, day, month, digits, ...time] = found;
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return [whole, day, month, String(year > thisYear + 50 ? year - 100 : year), ...time];
}

function asctime(text: string): (string | undefined)[] | undefined {
  const found = ASCTIME.exec(text);
  if (found === null) return undefined;
  const [whole, month, day, hour, minute, second, year] = found;
  return [whole, day?.trim(), month, year, hour, minute, second];
}
