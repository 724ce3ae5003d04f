/** The first import of a package in a process. */

/** @param {{ specifier: string }} params @returns {Promise<number>} Milliseconds. */
export default async function importPackage({ specifier }) {
  const began = performance.now();
  await import(specifier);
  return performance.now() - began;
}
