/** Reads what a source file imports, and what it exports without naming it. */

import ts from "typescript";

/**
 * @typedef {object} Import
 * @property {string | undefined} from What is imported from; `undefined` where only the running program knows.
 * @property {boolean} typeOnly Whether nothing of it is left in the compiled file.
 * @property {boolean} exportsAll Whether it is an `export * from`.
 * @property {number} line
 */

/**
 * @param {string} file Its ending tells the language.
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  /** @type {Import[]} */
  const imports = [];

  /** @param {ts.Node} node */
  function visit(node) {
    const found = readImport(node);
    if (found) imports.push({ ...found, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 });
    ts.forEachChild(node, visit);
  }
  visit(source);
  return imports;
}

/**
 * @param {ts.Node} node
 * @returns {Omit<Import, "line"> | undefined}
 */
function readImport(node) {
  if (ts.isImportDeclaration(node)) {
    // `import { type X }` does not count: it leaves an `import {}` behind.
    return {
      from: literal(node.moduleSpecifier),
      typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
      exportsAll: false,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const exportsAll = node.exportClause === undefined;
    return { from: literal(node.moduleSpecifier), typeOnly: node.isTypeOnly, exportsAll };
  }
  if (ts.isImportTypeNode(node)) {
    const from = ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined;
    return { from, typeOnly: true, exportsAll: false };
  }
  if (
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire(node.expression))
  ) {
    return { from: literal(node.arguments[0]), typeOnly: false, exportsAll: false };
  }
  return undefined;
}

/** @param {ts.Expression} callee */
function isRequire(callee) {
  return ts.isIdentifier(callee) && callee.text === "require";
}

/** @param {ts.Node | undefined} node */
function literal(node) {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {number[]} The lines of the statements that leave something in the compiled file.
 */
export function linesAtRunTime(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  return source.statements.filter((statement) => !isTypeOnly(statement)).map(lineOf);

  /** @param {ts.Statement} statement */
  function lineOf(statement) {
    return source.getLineAndCharacterOfPosition(statement.getStart(source)).line + 1;
  }
}

/** @param {ts.Statement} statement */
function isTypeOnly(statement) {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true;
  return readImport(statement)?.typeOnly === true;
}
