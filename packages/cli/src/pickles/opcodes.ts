import { types } from "node:util";
import type { Input } from "./input.ts";
import { floatIn, wholeIn, wholeOf, wholeOrBoolean } from "./numbers.ts";
import { PickleError } from "./pickle-error.ts";
import { PythonName, pythonName } from "./python-names.ts";
import type { Stack } from "./stack.ts";
import { escapedText, quotedBytes, textOf, textOrBytes } from "./texts.ts";

type Operation = (stack: Stack, input: Input) => void;

/** Reads a value and pushes it. */
const pushing =
  (read: (input: Input) => unknown): Operation =>
  (stack, input) =>
    stack.push(read(input));

/** Makes a value of the topmost items, the lowest first. */
const tupleOf =
  (length: number): Operation =>
  (stack) =>
    stack.push(Array.from({ length }, () => stack.pop()).toReversed());

const NEWEST_PROTOCOL = 5;

/** By their numbers in Python's Lib/pickletools.py. What calls, builds an object or refers to something outside of the file is not among them. */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // The frame
  [0x80, (_, input) => knownProtocol(input.byte())],
  [0x95, (_, input) => void input.uint64()],
  // The stack
  [0x28, (stack) => stack.mark()],
  [0x30, (stack) => void stack.pop()],
  [0x31, (stack) => void stack.popMark()],
  [0x32, (stack) => stack.push(stack.top)],
  [0x70, (stack, input) => stack.number(Number(wholeIn(input.line())))],
  [0x71, (stack, input) => stack.number(input.byte())],
  [0x72, (stack, input) => stack.number(input.uint32())],
  [0x94, (stack) => stack.number()],
  [0x67, (stack, input) => stack.pushNumbered(Number(wholeIn(input.line())))],
  [0x68, (stack, input) => stack.pushNumbered(input.byte())],
  [0x6a, (stack, input) => stack.pushNumbered(input.uint32())],
  // None, booleans, numbers
  [0x4e, pushing(() => null)],
  [0x88, pushing(() => true)],
  [0x89, pushing(() => false)],
  [0x49, pushing((input) => wholeOrBoolean(input.line()))],
  [0x4a, pushing((input) => input.int32())],
  [0x4b, pushing((input) => input.byte())],
  [0x4d, pushing((input) => input.uint16())],
  [0x4c, pushing((input) => wholeIn(input.line()))],
  [0x8a, pushing((input) => wholeOf(input.take(input.byte())))],
  [0x8b, pushing((input) => wholeOf(input.take(input.uint32())))],
  [0x46, pushing((input) => floatIn(input.line()))],
  [0x47, pushing((input) => input.float())],
  // Text
  [0x56, pushing((input) => escapedText(input.line()))],
  [0x58, pushing((input) => textOf(input.take(input.uint32())))],
  [0x8c, pushing((input) => textOf(input.take(input.byte())))],
  [0x8d, pushing((input) => textOf(input.take(input.uint64())))],
  [0x53, pushing((input) => textOrBytes(quotedBytes(input.line())))],
  [0x54, pushing((input) => textOrBytes(input.take(input.uint32())))],
  [0x55, pushing((input) => textOrBytes(input.take(input.byte())))],
  // Bytes
  [0x42, pushing((input) => new Uint8Array(input.take(input.uint32())))],
  [0x43, pushing((input) => new Uint8Array(input.take(input.byte())))],
  [0x8e, pushing((input) => new Uint8Array(input.take(input.uint64())))],
  [0x96, pushing((input) => new Uint8Array(input.take(input.uint64())))],
  // Tuples and lists
  [0x29, tupleOf(0)],
  [0x85, tupleOf(1)],
  [0x86, tupleOf(2)],
  [0x87, tupleOf(3)],
  [0x74, (stack) => stack.push(stack.popMark())],
  [0x5d, pushing(() => [])],
  [0x6c, (stack) => stack.push(stack.popMark())],
  [0x61, (stack) => append(stack, [stack.pop()])],
  [0x65, (stack) => append(stack, stack.popMark())],
  // Dictionaries
  [0x7d, pushing(() => new Map())],
  [0x64, (stack) => pushDictionary(stack, stack.popMark())],
  [0x73, (stack) => setItems(stack, [stack.pop(), stack.pop()].toReversed())],
  [0x75, (stack) => setItems(stack, stack.popMark())],
  // Sets
  [0x8f, pushing(() => new Set())],
  [0x90, (stack) => addItems(stack, stack.popMark())],
  [0x91, (stack) => stack.push(new Set(stack.popMark()))],
  // Names of plain data
  [0x63, pushing((input) => pythonName(textOf(input.line()), textOf(input.line())))],
  [0x93, (stack) => pushName(stack, stack.pop(), stack.pop())],
  [0x52, (stack) => make(stack, stack.pop(), stack.pop())],
  [0x81, (stack) => make(stack, stack.pop(), stack.pop())],
]);

function knownProtocol(protocol: number): void {
  if (protocol > NEWEST_PROTOCOL) throw new PickleError(`it is of protocol ${protocol}, and ${NEWEST_PROTOCOL} is the newest that is known`);
}

function append({ top }: Stack, items: readonly unknown[]): void {
  if (!Array.isArray(top)) throw new PickleError("it appends to what is no list");
  for (const item of items) top.push(item);
}

function setItems({ top }: Stack, items: readonly unknown[]): void {
  if (!types.isMap(top)) throw new PickleError("it sets a key of what is no dictionary");
  if (items.length % 2 === 1) throw new PickleError("it has a key without a value");
  for (let index = 0; index < items.length; index += 2) top.set(items[index], items[index + 1]);
}

function pushDictionary(stack: Stack, items: readonly unknown[]): void {
  stack.push(new Map());
  setItems(stack, items);
}

function addItems({ top }: Stack, items: readonly unknown[]): void {
  if (!types.isSet(top)) throw new PickleError("it adds to what is no set");
  for (const item of items) top.add(item);
}

function pushName(stack: Stack, name: unknown, module: unknown): void {
  stack.push(pythonName(module, name));
}

function make(stack: Stack, args: unknown, made: unknown): void {
  if (!(made instanceof PythonName) || !Array.isArray(args)) throw new PickleError("it calls what is no name of plain data");
  stack.push(made.make(args));
}
