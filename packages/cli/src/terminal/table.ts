/** The width of a terminal, in columns, that every help text must fit. */
const WIDTH = 80;

/** Aligned columns: a line of titles, then a line for each row. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) => `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`).join("");
}

/** Terms and their meanings in two columns. A long meaning is wrapped within its column. */
export function glossary(rows: readonly (readonly [term: string, meaning: string])[]): string {
  const indent = Math.max(...rows.map(([term]) => term.length)) + 4;
  return rows.map(([term, meaning]) => `  ${term}`.padEnd(indent) + wrap(meaning, indent)).join("\n");
}

/** Wraps a text whose first line starts at column `indent`. Every other line is indented by that many spaces. */
export function wrap(text: string, indent = 0): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (indent + line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
