/** Holds a repository to every law there is. */

import { fileLaws } from "../laws/files.mjs";
import { importLaws } from "../laws/imports.mjs";
import { manifestLaws } from "../laws/manifests.mjs";
import { roomLaws } from "../laws/rooms.mjs";
import { sourceLaws } from "../laws/source.mjs";
import { textLaws } from "../laws/text.mjs";
import { openRepository } from "./repository.mjs";

const laws = [...fileLaws, ...manifestLaws, ...importLaws, ...roomLaws, ...sourceLaws, ...textLaws];

/**
 * @param {string} root The folder of the repository.
 * @returns {{ packages: number, laws: number, violations: string[] }} Each violation says where, what, and what to do.
 */
export function checkPackages(root) {
  const repository = openRepository(root);
  const violations = laws.flatMap((law) =>
    [...law.violations(repository)].map(
      ({ file, line, what, todo }) => `${file}:${line}  ${what}. ${todo} (${law.name})`,
    ),
  );
  return { packages: repository.packages.length, laws: laws.length, violations };
}
