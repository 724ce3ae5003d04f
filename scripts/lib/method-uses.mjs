/** Finds where source files use a method of an interface, whatever the variable that holds the object is called. */

import { posix } from "node:path";
import ts from "typescript";

/**
 * @typedef {import("./repository.mjs").Repository} Repository
 *
 * @typedef {object} MethodUse
 * @property {string} file
 * @property {number} line
 * @property {string} method
 */

/**
 * @param {Repository} repository
 * @param {readonly string[]} files
 * @param {string} home The file that declares the interfaces.
 * @param {readonly string[]} interfaces
 * @returns {Generator<MethodUse>}
 */
export function* usesOfMethods(repository, files, home, interfaces) {
  const program = programOf(repository, files);
  const checker = program.getTypeChecker();
  for (const file of files) {
    const source = program.getSourceFile(file);
    if (source === undefined) continue;
    for (const name of propertyNames(source)) {
      const declarations = checker.getSymbolAtLocation(name)?.declarations ?? [];
      if (!declarations.some((declaration) => isMethodOf(declaration, home, interfaces))) continue;
      yield { file, line: source.getLineAndCharacterOfPosition(name.getStart(source)).line + 1, method: name.text };
    }
  }
}

/** @type {WeakMap<Repository, ts.Program>} Laws ask about the same files, and parsing takes its time. */
const programs = new WeakMap();

/** @param {Repository} repository @param {readonly string[]} files */
function programOf(repository, files) {
  const known = programs.get(repository);
  if (known) return known;
  const program = ts.createProgram(files, { noLib: true, types: [] }, hostOf(repository, files));
  programs.set(repository, program);
  return program;
}

/**
 * The types of the language itself are left out: who has declared a method is known without them, and much sooner.
 * @param {Repository} repository
 * @param {readonly string[]} files
 * @returns {ts.CompilerHost}
 */
function hostOf({ read }, files) {
  return {
    fileExists: (file) => files.includes(file),
    readFile: read,
    getSourceFile: (file, target) =>
      files.includes(file) ? ts.createSourceFile(file, read(file), target, true) : undefined,
    resolveModuleNameLiterals: (literals, file) =>
      literals.map(({ text }) => ({ resolvedModule: resolved(posix.join(posix.dirname(file), text)) })),
    getDefaultLibFileName: () => "",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => {},
  };

  /** @param {string} file */
  function resolved(file) {
    return files.includes(file) ? { resolvedFileName: file, extension: ts.Extension.Ts } : undefined;
  }
}

/** @param {ts.Node} node @returns {Generator<ts.Identifier>} The `read` of each `x.read`. */
function* propertyNames(node) {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name)) yield node.name;
  for (const child of childrenOf(node)) yield* propertyNames(child);
}

/** @param {ts.Node} node */
function childrenOf(node) {
  /** @type {ts.Node[]} */
  const children = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

/** @param {ts.Declaration} declaration @param {string} home @param {readonly string[]} interfaces */
function isMethodOf(declaration, home, interfaces) {
  return (
    ts.isMethodSignature(declaration) &&
    ts.isInterfaceDeclaration(declaration.parent) &&
    declaration.getSourceFile().fileName === home &&
    interfaces.includes(declaration.parent.name.text)
  );
}
