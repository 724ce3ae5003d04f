/** An amount that must not become a plain object on its way through a store. */
export class Money {
  /** @param {bigint} cents @param {string} currency */
  constructor(cents, currency) {
    this.cents = cents;
    this.currency = currency;
  }

  toString() {
    return `${this.cents / 100n}.${String(this.cents % 100n).padStart(2, "0")} ${this.currency}`;
  }
}

/**
 * JSON in which an amount is `{ "$money": ["1999", "EUR"] }`.
 * @type {import("@lastgood/core").Codec}
 */
export const moneyCodec = {
  // Stands in every record. Change it whenever records that are there could be misread.
  name: "money-json-1",
  encode(value) {
    // A `toJSON` of a part would have run before the replacer sees it: a Date comes as text, and is found out by the check.
    const text = JSON.stringify(value, (_key, part) => (part instanceof Money ? { $money: [String(part.cents), part.currency] } : part));
    return Buffer.from(text);
  },
  decode(bytes) {
    // The bytes come from outside. Make plain values of them, and only the classes that you mean.
    return JSON.parse(Buffer.from(bytes).toString(), (_key, part) => (isMoney(part) ? new Money(BigInt(part.$money[0]), part.$money[1]) : part));
  },
};

/** @param {unknown} part @returns {part is { $money: [string, string] }} */
function isMoney(part) {
  return typeof part === "object" && part !== null && "$money" in part && Array.isArray(part.$money);
}
