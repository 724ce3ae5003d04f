const SMALLEST = 1_024;
const FULLEST = 0.7;
/** Free places hold this. */
const NOTHING = 0;

/** A set of whole numbers from 1 to 2^53: 12 bytes for each, where a `Set` takes 40. */
export class NumberSet {
  #places = new Float64Array(SMALLEST);
  #size = 0;

  has(number: number): boolean {
    return this.#places[this.#placeOf(number)] === number;
  }

  add(number: number): void {
    if (this.#size >= this.#places.length * FULLEST) this.#grow();
    const place = this.#placeOf(number);
    if (this.#places[place] === NOTHING) this.#size++;
    this.#places[place] = number;
  }

  /** Where the number is, or would be. */
  #placeOf(number: number): number {
    const { length } = this.#places;
    let place = number % length;
    while (this.#places[place] !== NOTHING && this.#places[place] !== number) place = (place + 1) % length;
    return place;
  }

  #grow(): void {
    const numbers = this.#places;
    this.#places = new Float64Array(numbers.length * 2);
    this.#size = 0;
    for (const number of numbers) if (number !== NOTHING) this.add(number);
  }
}
