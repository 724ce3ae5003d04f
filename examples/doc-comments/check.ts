import { join } from "node:path";
import ts from "typescript";
import { type Example, ROOT } from "./extract.ts";
import { ENTRIES, optionsFor } from "./modules.ts";

/** Every module that an example may import, and the file with its types. */
const MODULES: Readonly<Record<string, string>> = { prelude: join(ROOT, "examples/doc-comments/prelude.ts"), ...ENTRIES };
const OPTIONS = optionsFor(MODULES);
const CANNOT_FIND_NAME = new Set([2304, 2503, 2552, 2583, 2686, 18004]);

/**
 * The compiler's complaints about each example, in order. A name that an example uses without declaring it is imported, from
 * the prelude or from the package that exports it.
 */
export function complaintsAbout(examples: readonly Example[]): string[][] {
  const bare = compile(examples.map((example) => ({ example, imports: "" })));
  const exporters = exportersByName(bare.program);
  const complete = examples.map((example, index) => ({ example, imports: importsFor(bare.diagnostics[index] ?? [], exporters) }));
  const { diagnostics } = compile(complete, bare.program);
  return diagnostics.map((some) => some.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")));
}

interface Sketch {
  readonly example: Example;
  readonly imports: string;
}

interface Compiled {
  readonly program: ts.Program;
  readonly diagnostics: readonly (readonly ts.Diagnostic[])[];
}

function compile(sketches: readonly Sketch[], before?: ts.Program): Compiled {
  const texts = new Map(sketches.map(({ example, imports }, index) => [pathOf(example, index), `${imports}\n${example.code}\nexport {};\n`]));
  const program = ts.createProgram([...texts.keys(), ...Object.values(MODULES)], OPTIONS, hostWith(texts), before);
  const diagnostics = [...texts.keys()].map((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  return { program, diagnostics };
}

/** The path of an in-memory file inside the package, so that the package's dependencies are found. */
function pathOf({ file }: Example, index: number): string {
  const [packages = "", name = ""] = file.split("/");
  return join(ROOT, packages, name, `example-${index}.ts`);
}

function importsFor(diagnostics: readonly ts.Diagnostic[], exporters: ReadonlyMap<string, string>): string {
  const names = diagnostics.flatMap(({ code, messageText }) => (CANNOT_FIND_NAME.has(code) ? (/'(\w+)'/.exec(ts.flattenDiagnosticMessageText(messageText, "\n"))?.[1] ?? []) : []));
  return [...new Set(names)].flatMap((name) => (exporters.has(name) ? `import { ${name} } from ${JSON.stringify(exporters.get(name))};` : [])).join(" ");
}

function exportersByName(program: ts.Program): Map<string, string> {
  const checker = program.getTypeChecker();
  const names = new Map<string, string>();
  for (const [specifier, path] of Object.entries(MODULES)) {
    const file = program.getSourceFile(path);
    const symbol = file && checker.getSymbolAtLocation(file);
    for (const { name } of symbol === undefined ? [] : checker.getExportsOfModule(symbol)) names.set(name, names.get(name) ?? specifier);
  }
  return names;
}

function hostWith(texts: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  return {
    ...host,
    fileExists: (path) => texts.has(path) || fileExists.call(host, path),
    readFile: (path) => texts.get(path) ?? readFile.call(host, path),
    getSourceFile: (path, languageVersion, ...others) => {
      const text = texts.get(path);
      return text === undefined ? getSourceFile.call(host, path, languageVersion, ...others) : ts.createSourceFile(path, text, languageVersion);
    },
  };
}
