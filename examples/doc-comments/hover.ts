import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./extract.ts";
import { ENTRIES, optionsFor } from "./modules.ts";

/** What an editor shows for a name. */
export interface Hover {
  readonly text: string;
  readonly hasExample: boolean;
}

/** An exported name, or a method of an exported class. */
export interface Exported {
  readonly entry: string;
  readonly name: string;
  readonly kind: "function" | "method" | "value" | "type";
}

/** With what an editor shows for it: on the name alone, as in an import, and on a call. */
export interface Hovered extends Exported {
  readonly bare: Hover;
  readonly call: Hover;
}

const FILE = join(ROOT, "examples/doc-comments/hover-in-memory.ts");

// Both editors share the packages' types, of which the SDK for S3 has many.
const registry = ts.createDocumentRegistry();

/** Every name that a package exports, and these methods of `Datastore`. */
export function allHovered(methods: readonly string[]): Hovered[] {
  const exported = [...exportedBy(editorOn("")), ...methods.map(methodOfDatastore)];
  return hovered(exported, exported.map(use));
}

/** The names in a piece of code, and what an editor shows for them. */
export function hoveredIn(code: string, names: readonly string[]): Hovered[] {
  const exported = names.map((name) => ({ entry: "", name, kind: "function" as const }));
  return hovered(exported, names.map((name, index) => `${index === 0 ? code : ""}\n${BARE}${name}; ${CALL}${name}();`), []);
}

function hovered(exported: readonly Exported[], uses: readonly string[], files?: readonly string[]): Hovered[] {
  const editor = editorOn(uses.join("\n"), files);
  let start = 0;
  return exported.map((each, index) => {
    const code = uses[index] ?? "";
    const bare = hoverAt(editor, start + code.indexOf(BARE) + BARE.length);
    const call = code.includes(CALL) ? hoverAt(editor, start + code.indexOf(CALL) + CALL.length) : bare;
    start += code.length + 1;
    return { ...each, bare, call };
  });
}

const BARE = "/*bare*/ ";
const CALL = "/*call*/ ";

function use({ entry, name, kind }: Exported, index: number): string {
  if (kind === "method") return `import { Datastore as Class${index} } from "${entry}"; declare const it${index}: Class${index}; it${index}.${BARE}${name}; it${index}.${CALL}${name}();`;
  const imported = `import { ${kind === "type" ? "type " : ""}${BARE}${name} as name${index} } from "${entry}";`;
  return kind === "function" ? `${imported} ${CALL}name${index}();` : imported;
}

function methodOfDatastore(name: string): Exported {
  return { entry: "@lastgood/core", name, kind: "method" };
}

function exportedBy(editor: ts.LanguageService): Exported[] {
  const program = editor.getProgram();
  const checker = program?.getTypeChecker();
  return Object.entries(ENTRIES).flatMap(([entry, path]) => {
    const file = program?.getSourceFile(path);
    const symbol = file && checker?.getSymbolAtLocation(file);
    const exported = symbol === undefined ? [] : (checker?.getExportsOfModule(symbol) ?? []);
    return exported.map((each) => ({ entry, name: each.name, kind: kindOf(each, checker) }));
  });
}

function kindOf(symbol: ts.Symbol, checker: ts.TypeChecker | undefined): Exported["kind"] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker?.getAliasedSymbol(symbol) : symbol;
  if (target === undefined || checker === undefined || !(target.flags & ts.SymbolFlags.Value)) return "type";
  return checker.getTypeOfSymbol(target).getCallSignatures().length > 0 ? "function" : "value";
}

function hoverAt(editor: ts.LanguageService, position: number): Hover {
  const info = editor.getQuickInfoAtPosition(FILE, position);
  return { text: ts.displayPartsToString(info?.documentation), hasExample: info?.tags?.some(({ name }) => name === "example") ?? false };
}

function editorOn(code: string, files: readonly string[] = Object.values(ENTRIES)): ts.LanguageService {
  const options = optionsFor(ENTRIES);
  const read = (path: string): string | undefined => (path === FILE ? code : ts.sys.readFile(path));
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [FILE, ...files],
    // The registry hands out the text of a version that it knows.
    getScriptVersion: (path) => (path === FILE ? code : "1"),
    getScriptSnapshot(path) {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (path) => read(path) !== undefined,
    readFile: read,
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  };
  return ts.createLanguageService(host, registry);
}
