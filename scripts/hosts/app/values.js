/** One value of every kind that the default codec keeps. */
export function everyKind() {
  const cyclic = { name: "cycle", self: /** @type {unknown} */ (undefined) };
  cyclic.self = cyclic;
  return {
    date: new Date(0),
    map: new Map(/** @type {[string, unknown][]} */ ([["user", 7], ["inner", new Map([["a", new Set([1])]])]])),
    set: new Set(["a", new Date(1)]),
    bytes: new Uint8Array([0, 127, 255]),
    floats: new Float64Array([0.5, -0]),
    buffer: new ArrayBuffer(3),
    big: 2n ** 70n,
    pattern: /^a+$/giu,
    list: [1, "two", null, undefined, Number.NaN, -0, Infinity],
    nested: { deep: [{ down: new Map([[1, [new Date(2)]]]) }] },
    cyclic,
  };
}
