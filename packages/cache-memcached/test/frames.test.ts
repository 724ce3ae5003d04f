import { Utils } from "memjs";
import { describe, expect, it } from "vitest";
import { areLengthsTrue, endOf, getRequests, seqOf, statusOf, valueOf } from "../src/frames.ts";
import { Incoming } from "../src/incoming.ts";

/** An answer as a server sends it. */
function answer(seq: number, extras: string, key: string, value: string, status = 0): Buffer {
  const bytes = Utils.makeRequestBuffer(0, key, extras, value, seq);
  bytes[0] = 0x81;
  bytes.writeUInt16BE(status, 6);
  return bytes;
}

describe("the frames of the binary protocol", () => {
  it("the requests of many gets are those of memjs, one behind the other", () => {
    const gets = [{ seq: 1, key: "a" }, { seq: 2 ** 32 - 1, key: "k".repeat(250) }, { seq: 0, key: "lastgood:b" }];
    expect(getRequests(gets)).toEqual(Buffer.concat(gets.map(({ seq, key }) => Utils.makeRequestBuffer(0, key, "", "", seq))));
  });

  it("the parts of an answer are found where it is, as memjs finds them", () => {
    const [before, whole] = [answer(7, "", "", "before"), answer(2 ** 32 - 1, "1234", "key", "the value", 0x82)];
    const bytes = Buffer.concat([before, whole, before]);
    const [start, end] = [before.length, before.length + whole.length];
    expect(endOf(bytes, start)).toBe(end);
    expect(seqOf(bytes, start)).toBe(2 ** 32 - 1);
    expect(statusOf(bytes, start)).toBe(0x82);
    expect(valueOf(bytes, start, end)).toEqual(Utils.parseMessage(whole).val);
  });

  it("lengths are true if extras and key fit into the body", () => {
    const fitting = answer(1, "1234", "key", "");
    expect(areLengthsTrue(fitting, 0)).toBe(true);
    fitting[3] = 4;
    expect(areLengthsTrue(fitting, 0)).toBe(false);
  });
});

describe("Incoming", () => {
  it.each([1, 5, 24, 30, 1_000])("answers that come in pieces of %i bytes are put together", (size) => {
    const answers = ["first", "", "x".repeat(3_000), "last"].map((value, seq) => answer(seq, "1234", "", value));
    const sent = Buffer.concat(answers);
    const incoming = new Incoming();
    const received: Buffer[] = [];
    for (let at = 0; at < sent.length; at += size) {
      const bytes = incoming.add(sent.subarray(at, at + size));
      if (bytes === undefined) continue;
      let start = 0;
      for (; endOf(bytes, start) <= bytes.length; start = endOf(bytes, start)) received.push(bytes.subarray(start, endOf(bytes, start)));
      incoming.keep(bytes.subarray(start));
    }
    expect(received).toEqual(answers);
  });

  it("pieces of a long answer are not looked at before it is whole", () => {
    const whole = answer(1, "", "", "x".repeat(1_000));
    const incoming = new Incoming();
    incoming.keep(whole.subarray(0, 100));
    for (let at = 100; at < 1_000; at += 100) expect(incoming.add(whole.subarray(at, at + 100))).toBeUndefined();
    expect(incoming.add(whole.subarray(1_000))).toEqual(whole);
  });
});
